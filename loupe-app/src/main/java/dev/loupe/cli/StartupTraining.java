package dev.loupe.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.util.List;
import java.util.Properties;

/**
 * What the launcher runs once to fill the JVM's cache of loaded classes: commands that need no
 * model and leave nothing behind.
 */
public final class StartupTraining {
  private static final List<List<String>> COMMANDS =
      List.of(List.of("--version"), List.of(), List.of("help", "help"), List.of("no-such-command"));

  private StartupTraining() {}

  /** Runs every command, its output thrown away. */
  public static void main(String[] arguments) {
    PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream(), false, UTF_8);
    Terminal terminal =
        Terminal.of(
            InputStream.nullInputStream(), nowhere, nowhere, new Properties(), System.getenv());
    COMMANDS.forEach(command -> Main.run(terminal, command.toArray(String[]::new)));
  }
}
