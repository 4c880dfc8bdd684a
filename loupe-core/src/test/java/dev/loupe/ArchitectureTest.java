package dev.loupe;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static java.util.stream.Collectors.toCollection;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Keeps the rooms apart: who may import whom is one table, and a room not in it fails. */
class ArchitectureTest {
  private static final JavaClasses CORE =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("dev.loupe");
  private static final Path ROOT = Path.of(System.getProperty("loupe.root", ".."));
  private static final int MOST_LINES_OF_CODE = 400;

  record Room(String name, Set<String> mayImport) {
    String classes() {
      return "dev.loupe." + name + "..";
    }
  }

  private static final Set<String> BASE =
      Set.of(
          "fault",
          "file",
          "tensor",
          "statistics",
          "hub",
          "tokenizer",
          "corpus",
          "model",
          "report",
          "job");

  private static final List<Room> ROOMS =
      List.of(
          new Room("fault", Set.of()),
          new Room("job", Set.of("fault", "file")),
          new Room("file", Set.of("fault")),
          new Room("tensor", Set.of("fault", "file")),
          new Room("statistics", Set.of("fault")),
          new Room("encoder", Set.of("fault", "file", "tokenizer")),
          new Room("prose", Set.of("fault")),
          new Room("outcomes", Set.of("fault", "file", "statistics")),
          new Room(
              "audit",
              Set.of(
                  "fault",
                  "file",
                  "statistics",
                  "outcomes",
                  "corpus",
                  "encoder",
                  "prose",
                  "tokenizer",
                  "model")),
          new Room("hub", Set.of("fault", "file")),
          new Room("tokenizer", Set.of("fault", "file")),
          new Room("corpus", Set.of("fault", "file", "tokenizer")),
          new Room("model", Set.of("fault", "file", "job", "tensor", "tokenizer", "corpus", "hub")),
          new Room("report", Set.of("fault", "file", "hub", "statistics")),
          new Room("geometry", Set.of("fault", "tensor", "statistics", "job")),
          new Room("dictionary", BASE),
          new Room("world", Set.of("fault", "file", "tokenizer", "corpus", "statistics")),
          new Room("task", Set.of("fault", "file", "tokenizer", "model")),
          new Room("circuit", with(BASE, "dictionary", "task")),
          new Room(
              "instrument",
              with(
                  BASE,
                  "audit",
                  "circuit",
                  "dictionary",
                  "encoder",
                  "geometry",
                  "outcomes",
                  "prose",
                  "task")),
          new Room(
              "examination",
              with(
                  BASE,
                  "audit",
                  "dictionary",
                  "geometry",
                  "instrument",
                  "prose",
                  "task",
                  "world")));

  /** Who alone may use a foreign library; null-safety annotations are everybody's. */
  private static final List<Room> SOLE_USERS =
      List.of(
          new Room("tensor", Set.of("org.bytedeco..")),
          new Room("dictionary", Set.of("org.yaml..")),
          new Room("encoder", Set.of("ai.onnxruntime..")),
          new Room("prose", Set.of("opennlp..", "org.apache.lucene..")),
          new Room("tokenizer", Set.of("ai.djl..", "com.hubspot..")),
          new Room("corpus", Set.of("dev.hardwood..")),
          new Room("prose", Set.of("fault")),
          new Room("outcomes", Set.of("tools.jackson.dataformat..")),
          new Room("audit", Set.of("org.apache.commons.compress..")),
          new Room(
              "statistics",
              Set.of("org.apache.commons.statistics..", "org.apache.commons.numbers..")));

  private static Set<String> with(Set<String> rooms, String... others) {
    Set<String> all = new TreeSet<>(rooms);
    all.addAll(List.of(others));
    return all;
  }

  static Stream<Room> rooms() {
    return ROOMS.stream();
  }

  @ParameterizedTest
  @MethodSource("rooms")
  void roomsImportOnlyWhatTheTableAllows(Room room) {
    String[] forbidden =
        ROOMS.stream()
            .filter(other -> !other.equals(room) && !room.mayImport().contains(other.name()))
            .map(Room::classes)
            .toArray(String[]::new);
    noClasses()
        .that()
        .resideInAPackage(room.classes())
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(forbidden)
        .orShould()
        .dependOnClassesThat()
        .resideInAPackage("dev.loupe")
        .allowEmptyShould(true)
        .check(CORE);
  }

  @Test
  void everyPackageIsInARoom() {
    Set<String> known = ROOMS.stream().map(Room::name).collect(toCollection(TreeSet::new));
    Set<String> strangers =
        CORE.stream()
            .map(type -> type.getPackageName())
            .filter(name -> name.startsWith("dev.loupe."))
            .map(name -> name.substring("dev.loupe.".length()).replaceFirst("\\..*", ""))
            .filter(Predicate.not(known::contains))
            .collect(toCollection(TreeSet::new));
    assertEquals(Set.of(), strangers);
  }

  @Test
  void instrumentsNeverMeet() {
    slices()
        .matching("dev.loupe.instrument.(*)..")
        .should()
        .notDependOnEachOther()
        .allowEmptyShould(true)
        .check(CORE);
  }

  @Test
  void roomsFormNoCycle() {
    slices().matching("dev.loupe.(*)..").should().beFreeOfCycles().check(CORE);
  }

  /** Within rooms too. */
  @Test
  void packagesFormNoCycle() {
    slices().matching("dev.loupe.(**)").should().beFreeOfCycles().check(CORE);
  }

  @Test
  void foreignLibrariesStayInTheirRooms() {
    for (Room room : SOLE_USERS) {
      noClasses()
          .that()
          .resideOutsideOfPackage(room.classes())
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(room.mayImport().toArray(String[]::new))
          .check(CORE);
    }
  }

  @Test
  void hubAndStatisticsNeedLittle() {
    classes()
        .that()
        .resideInAnyPackage("dev.loupe.fault..", "dev.loupe.statistics..")
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
            "java..",
            "javax..",
            "dev.loupe.fault..",
            "dev.loupe.statistics..",
            "org.apache.commons.statistics..",
            "org.apache.commons.numbers..",
            "org.jspecify..")
        .allowEmptyShould(true)
        .check(CORE);
    classes()
        .that()
        .resideInAPackage("dev.loupe.hub..")
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
            "java..",
            "javax..",
            "dev.loupe.fault..",
            "dev.loupe.file..",
            "dev.loupe.hub..",
            "tools.jackson..",
            "org.jspecify..")
        .allowEmptyShould(true)
        .check(CORE);
  }

  @Test
  void theCoreKnowsNoCommandLineServerOrCluster() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("picocli..", "io.javalin..", "org.apache.spark..")
        .check(CORE);
  }

  @Test
  void everyPackageIsNullMarked() throws IOException {
    for (Path folder : foldersWithSources()) {
      Path description = folder.resolve("package-info.java");
      assertTrue(Files.exists(description), () -> description + " is missing");
      assertTrue(
          Files.readString(description).contains("@NullMarked"),
          () -> description + " lacks @NullMarked");
    }
  }

  @Test
  void filesStaySmall() throws IOException {
    for (Path source : javaSources()) {
      long lines =
          Files.readAllLines(source).stream()
              .map(String::strip)
              .filter(line -> !line.isEmpty() && !line.matches("(//|/\\*|\\*).*"))
              .count();
      assertTrue(
          lines < MOST_LINES_OF_CODE, () -> source + " has " + lines + " lines of code; split it");
    }
  }

  private static Set<Path> foldersWithSources() throws IOException {
    return javaSources().stream()
        .filter(source -> ROOT.relativize(source).toString().matches("loupe-\\w+/src/main/.*"))
        .map(Path::getParent)
        .collect(toCollection(TreeSet::new));
  }

  private static List<Path> javaSources() throws IOException {
    try (Stream<Path> files = Files.walk(ROOT, 16)) {
      List<Path> sources =
          files
              .filter(file -> file.toString().endsWith(".java"))
              .filter(file -> ROOT.relativize(file).toString().matches("loupe-\\w+/src/.*"))
              .toList();
      assertTrue(sources.size() > 10, () -> "found no sources below " + ROOT);
      return sources;
    }
  }
}
