package dev.loupe.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.loupe.cli.terminal.Terminal;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import java.util.stream.Stream;

/**
 * What the launcher runs once to fill the JVM's caches of loaded classes: for {@code help} the
 * contents and the help of a command, for {@code work} an error, a trace and a text of a model of
 * its own making as well. Leaves nothing behind.
 */
public final class StartupTraining {
  private static final List<List<String>> HELP =
      List.of(
          List.of("--version"),
          List.of(),
          List.of("--help"),
          List.of("trace", "--help"),
          List.of("help", "help"),
          List.of("no-such-command"));

  private StartupTraining() {}

  /**
   * Runs commands, their output thrown away.
   *
   * @param arguments which cache is filled: {@code help} or {@code work}
   */
  public static void main(String[] arguments) throws IOException {
    PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream(), false, UTF_8);
    Terminal terminal =
        Terminal.of(
            InputStream.nullInputStream(), nowhere, nowhere, new Properties(), System.getenv());
    HELP.forEach(command -> run(terminal, command));
    if (arguments[0].equals("work")) {
      work(terminal);
    }
  }

  private static void run(Terminal terminal, List<String> command) {
    Main.run(terminal, command.toArray(String[]::new));
  }

  private static void work(Terminal terminal) throws IOException {
    Path folder = Files.createTempDirectory("loupe-startup");
    try {
      commands(folder).forEach(command -> run(terminal, command));
    } finally {
      try (Stream<Path> files = Files.list(folder)) {
        for (Path file : files.toList()) {
          Files.delete(file);
        }
      }
      Files.delete(folder);
    }
  }

  private static List<List<String>> commands(Path folder) throws IOException {
    Path model = folder.resolve("model.gguf");
    StartupModel.write(model);
    return List.of(
        List.of(
            "trace",
            "and an answer",
            "--model",
            model.toString(),
            "--html",
            folder.resolve("trace.html").toString()),
        List.of("models", "run", model.toString(), "and", "--max-tokens", "3"));
  }
}
