package dev.loupe.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.loupe.cli.terminal.ExitCode;
import dev.loupe.cli.terminal.ResultFile;
import dev.loupe.cli.terminal.ResultFolder;
import dev.loupe.cli.terminal.Terminal;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** Every option of every command that names a file or a folder to write. */
class OutputOptionsTest {
  /** What no option may be called that is not one of these two types. */
  private static final Set<String> NAMES =
      Set.of("--json", "--html", "--graph", "--out", "--cache", "--resume");

  @TempDir Path folder;
  private Path file = Path.of("");

  @BeforeEach
  void aFileWhereAFolderShouldBe() throws IOException {
    file = Files.writeString(folder.resolve("file"), "kept");
  }

  /** A command's words, and one way in which it takes a place to write to. */
  record Output(List<String> words, ArgSpec argument) {
    boolean isFolder() {
      return type() == ResultFolder.class;
    }

    Class<?> type() {
      return argument.typeInfo().isOptional()
          ? argument.auxiliaryTypes()[0]
          : argument.typeInfo().getType();
    }

    Ran to(String value) {
      List<String> line = new ArrayList<>(words);
      if (argument instanceof PositionalParamSpec positional) {
        for (int i = 0; i < positional.index().min(); i++) {
          line.add("/no/such/input");
        }
      } else {
        line.add(name());
      }
      line.add(value);
      return Ran.loupe(line.toArray(String[]::new));
    }

    String name() {
      return argument instanceof OptionSpec option ? option.longestName() : argument.paramLabel();
    }

    @Override
    public String toString() {
      return String.join(" ", words) + " " + name();
    }
  }

  private static List<Output> outputs() {
    Terminal terminal =
        Terminal.of(
            InputStream.nullInputStream(), System.out, System.err, new Properties(), Map.of());
    List<Output> all = new ArrayList<>();
    collect(new LoupeCommand(terminal).commandLine(), List.of(), all);
    return all;
  }

  private static void collect(CommandLine command, List<String> words, List<Output> all) {
    command.getCommandSpec().args().stream()
        .map(argument -> new Output(words, argument))
        .filter(output -> output.isFolder() || output.type() == ResultFile.class)
        .forEach(all::add);
    command
        .getSubcommands()
        .forEach((name, child) ->
            collect(child, Stream.concat(words.stream(), Stream.of(name)).toList(), all));
  }

  @Test
  void everyOptionThatNamesAnOutputIsRead() {
    Terminal terminal =
        Terminal.of(
            InputStream.nullInputStream(), System.out, System.err, new Properties(), Map.of());
    Set<String> read = Set.copyOf(outputs().stream().map(Output::toString).toList());
    List<CommandLine> open = new ArrayList<>(List.of(new LoupeCommand(terminal).commandLine()));
    while (!open.isEmpty()) {
      CommandLine command = open.removeLast();
      open.addAll(command.getSubcommands().values());
      String words = command.getCommandSpec().qualifiedName().replaceFirst("^loupe ?", "");
      for (OptionSpec option : command.getCommandSpec().options()) {
        if (NAMES.contains(option.longestName())) {
          assertTrue(read.contains(words + " " + option.longestName()), words + option);
        }
      }
    }
    assertTrue(read.contains("dictionary convert TO"), read.toString());
  }

  @ParameterizedTest
  @MethodSource("outputs")
  void aFileInTheWayIsAUsageErrorBeforeAnythingElse(Output output) throws IOException {
    Path target = file.resolve("below/result");
    assertRefused(output, output.to(target.toString()), target.toString());
    assertEquals("kept", Files.readString(file));
  }

  @ParameterizedTest
  @MethodSource("outputs")
  void theOtherKindIsRefused(Output output) {
    if (output.isFolder()) {
      assertRefused(output, output.to(file.toString()), "is a file, not a folder");
    } else {
      assertRefused(output, output.to(folder.toString()), "is a folder");
      assertRefused(output, output.to(folder.resolve("none/result") + ""), "there is no folder");
      assertFalse(Files.exists(folder.resolve("none")), "nothing may be made");
    }
  }

  @ParameterizedTest
  @MethodSource("outputs")
  void whatMayNotBeWrittenIsRefused(Output output) throws IOException {
    Path locked = Files.createDirectory(folder.resolve("locked"));
    assertTrue(locked.toFile().setWritable(false));
    try {
      assumeFalse(Files.isWritable(locked), "this user may write anywhere");
      assertRefused(output, output.to(locked.resolve("result") + ""), "permission denied");
    } finally {
      assertTrue(locked.toFile().setWritable(true));
    }
  }

  @Test
  void aFolderIsMadeWithThoseAboveIt() {
    assertTrue(new ResultFolder(folder.resolve("a/b/c")).obstacle().isEmpty());
    assertTrue(new ResultFolder(folder).obstacle().isEmpty());
    assertTrue(new ResultFolder(Path.of("relative")).obstacle().isEmpty());
  }

  @Test
  void aLinkToNothingIsNoFolder() throws IOException {
    Path link = Files.createSymbolicLink(folder.resolve("link"), folder.resolve("gone"));
    assertTrue(new ResultFolder(link).obstacle().orElse("").contains("a link to nothing"));
  }

  private static void assertRefused(Output output, Ran ran, String reason) {
    assertEquals(ExitCode.BAD_INPUT.number(), ran.exitCode(), ran.err());
    assertEquals("", ran.out());
    assertTrue(ran.err().contains(output.name()), ran.err());
    assertTrue(ran.err().contains(reason), ran.err());
    assertTrue(ran.err().matches("(?si).*(?:write somewhere else|name a(?:nother)?).*"), ran.err());
  }
}
