package dev.loupe.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.loupe.cli.terminal.Terminal;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;

/**
 * What one command did.
 *
 * @param exitCode the number the process would return
 * @param out what it wrote to standard output
 * @param err what it wrote to standard error
 */
public record Ran(int exitCode, String out, String err) {
  /** Runs a command in this process, as if its streams were files. */
  public static Ran loupe(String... arguments) {
    return loupe(false, "", arguments);
  }

  /** Runs a command in this process, with colours or not, and with that standard input. */
  public static Ran loupe(boolean colour, String input, String... arguments) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    Terminal terminal =
        new Terminal(
            new ByteArrayInputStream(input.getBytes(UTF_8)),
            new PrintStream(out, true, UTF_8),
            new PrintStream(err, true, UTF_8),
            colour,
            colour,
            colour,
            100);
    int exitCode = Main.run(terminal, arguments);
    return new Ran(exitCode, out.toString(UTF_8), err.toString(UTF_8));
  }

  /** A terminal that nobody reads. */
  static Terminal silent() {
    PrintStream nowhere = new PrintStream(new ByteArrayOutputStream(), true, UTF_8);
    return new Terminal(
        new ByteArrayInputStream(new byte[0]), nowhere, nowhere, false, false, false, 100);
  }
}
