package dev.loupe.cli;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static java.util.stream.Collectors.toCollection;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** The rooms of the command: each command knows the terminal and the shared options alone. */
class CommandArchitectureTest {
  private static final JavaClasses COMMAND =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("dev.loupe.cli");

  private static final String ROOT = "dev.loupe.cli";
  private static final Set<String> SHARED = Set.of("terminal", "option");

  @Test
  void theTerminalKnowsNoOtherRoom() {
    noClasses()
        .that()
        .resideInAPackage(ROOT + ".terminal")
        .should()
        .dependOnClassesThat(isElsewhere(Set.of("terminal")))
        .check(COMMAND);
  }

  @Test
  void optionsKnowTheTerminalAlone() {
    noClasses()
        .that()
        .resideInAPackage(ROOT + ".option")
        .should()
        .dependOnClassesThat(isElsewhere(SHARED))
        .check(COMMAND);
  }

  @Test
  void commandsNeverMeetAndDoNotKnowTheRoot() {
    Set<String> commands = new TreeSet<>(rooms());
    commands.removeAll(SHARED);
    assertTrue(commands.size() > 8, commands.toString());
    for (String command : commands) {
      Set<String> mine = new TreeSet<>(SHARED);
      mine.add(command);
      noClasses()
          .that()
          .resideInAPackage(ROOT + "." + command + "..")
          .should()
          .dependOnClassesThat(isElsewhere(mine))
          .check(COMMAND);
    }
  }

  @Test
  void roomsAreFreeOfCircles() {
    SlicesRuleDefinition.slices()
        .matching("dev.loupe.cli.(*)..")
        .should()
        .beFreeOfCycles()
        .check(COMMAND);
  }

  @Test
  void aRoomBearsTheNameOfItsCommand() {
    Set<String> commands = new LoupeCommand(Ran.silent()).commandLine().getSubcommands().keySet();
    Set<String> strangers = new TreeSet<>(rooms());
    strangers.removeAll(SHARED);
    strangers.removeAll(commands);
    assertEquals(Set.of(), strangers);
  }

  private static Set<String> rooms() {
    return COMMAND.stream()
        .map(JavaClass::getPackageName)
        .filter(name -> name.startsWith(ROOT + "."))
        .map(name -> name.substring(ROOT.length() + 1))
        .collect(toCollection(TreeSet::new));
  }

  private static DescribedPredicate<JavaClass> isElsewhere(Set<String> allowed) {
    return DescribedPredicate.describe(
        "in a room of the command other than " + allowed,
        type ->
            type.getPackageName().equals(ROOT)
                || (type.getPackageName().startsWith(ROOT + ".")
                    && !allowed.contains(type.getPackageName().substring(ROOT.length() + 1))));
  }
}
