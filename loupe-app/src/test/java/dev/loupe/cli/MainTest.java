package dev.loupe.cli;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.Loupe;
import dev.loupe.cli.terminal.ExitCode;
import dev.loupe.cli.terminal.Terminal;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class MainTest {
  private static Stream<String> everyCommand() {
    Terminal terminal =
        Terminal.of(
            InputStream.nullInputStream(), System.out, System.err, new Properties(), Map.of());
    List<String> commands = new ArrayList<>();
    collect(new LoupeCommand(terminal).commandLine(), commands);
    return commands.stream();
  }

  private static void collect(CommandLine commandLine, List<String> commands) {
    commands.add(commandLine.getCommandSpec().qualifiedName());
    commandLine.getSubcommands().values().forEach(child -> collect(child, commands));
  }

  private static String[] words(String qualifiedName, String last) {
    return (qualifiedName.replaceFirst("^loupe ?", "") + " " + last).strip().split(" ");
  }

  @ParameterizedTest
  @MethodSource("everyCommand")
  void helpOfEveryCommandShowsExamplesOfThatCommand(String command) {
    Ran ran = Ran.loupe(words(command, "--help"));
    assertEquals(0, ran.exitCode());
    assertTrue(ran.out().contains("Usage: " + command), ran.out());
    String examples = ran.out().substring(ran.out().indexOf("\nExamples:"));
    assertTrue(examples.contains("loupe " + command.replaceFirst("^loupe ?", "")), ran.out());
    assertEquals("", ran.err());
  }

  @ParameterizedTest
  @MethodSource("everyCommand")
  void helpOfEveryCommandFitsItsLines(String command) {
    for (String line : Ran.loupe(words(command, "--help")).out().lines().toList()) {
      assertTrue(line.length() <= 100, line);
    }
  }

  @ParameterizedTest
  @MethodSource("everyCommand")
  void everyCommandHasAOneLineHeaderForTheContents(String command) {
    String first = Ran.loupe(words(command, "--help")).out().lines().findFirst().orElseThrow();
    assertTrue(first.length() > 10 && !first.startsWith("Usage"), first);
  }

  @Test
  void withoutArgumentsPrintsTheContents() {
    Ran ran = Ran.loupe();
    assertEquals(0, ran.exitCode());
    assertTrue(ran.out().contains("Why did the model say this?"));
    assertTrue(ran.out().contains("\nHelp:\n"));
    assertEquals(ran.out(), Ran.loupe("--help").out());
  }

  @Test
  void onlyTheCommandsThatAreAskedForAreBuilt() {
    LoupeCommand root = new LoupeCommand(Ran.silent());
    CommandLine lazy = root.commandLine("help", "models", "pull");
    CommandLine whole = root.commandLine();
    assertEquals(whole.getUsageMessage(), lazy.getUsageMessage());
    assertEquals(subcommands(whole, "models"), subcommands(lazy, "models"));
    assertEquals(Set.of(), subcommands(lazy, "dictionary"));
  }

  private static Set<String> subcommands(CommandLine root, String name) {
    return requireNonNull(root.getSubcommands().get(name)).getSubcommands().keySet();
  }

  @Test
  void versionNamesTheVersion() {
    assertTrue(Ran.loupe("--version").out().startsWith("loupe " + Loupe.VERSION));
  }

  @Test
  void everyCommandAppearsInTheContents() {
    String contents = Ran.loupe().out();
    everyCommand()
        .filter(name -> name.matches("loupe \\S+"))
        .forEach(name -> assertTrue(contents.contains("\n  " + name.substring(6) + " "), name));
  }

  @ParameterizedTest
  @ValueSource(strings = {"hlep", "help modles", "--vresion"})
  void mistypedNamesAreUsageErrorsThatSuggestTheNearest(String line) {
    Ran ran = Ran.loupe(line.split(" "));
    assertEquals(ExitCode.USAGE.number(), ran.exitCode());
    assertEquals("", ran.out());
    assertTrue(ran.err().startsWith("error: loupe knows no "), ran.err());
    assertTrue(ran.err().lines().count() <= 4, ran.err());
  }

  @Test
  void suggestsTheNearestCommandAndOption() {
    assertTrue(Ran.loupe("hlep").err().contains("Did you mean help?"));
    assertTrue(Ran.loupe("--vresion").err().contains("Did you mean --version?"));
  }

  @Test
  void optionsOfTheRootAreAcceptedAfterTheCommandToo() {
    assertEquals(0, Ran.loupe("--quiet", "help").exitCode());
    assertEquals(0, Ran.loupe("help", "--quiet").exitCode());
  }

  @Test
  void helpIsColouredOnlyWhereColourIsWelcome() {
    assertTrue(Ran.loupe(true, "", "--help").out().contains("\u001b["));
    assertFalse(Ran.loupe(false, "", "--help").out().contains("\u001b["));
  }
}
