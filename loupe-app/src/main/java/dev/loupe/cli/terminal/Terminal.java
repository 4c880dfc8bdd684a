package dev.loupe.cli.terminal;

import java.io.InputStream;
import java.io.PrintStream;
import java.util.Map;
import java.util.Properties;

/**
 * Where a command reads and writes, and what is on the other end.
 *
 * @param in standard input
 * @param out results, nothing else
 * @param err progress, notes and errors
 * @param outIsTerminal whether a person reads {@code out}
 * @param errIsTerminal whether a person reads {@code err}
 * @param colour whether escape codes for colour are allowed
 * @param width columns of a line, at least 40
 * @param verbosity whether progress and notes are shown
 * @param caveats caveats of the model and the dictionary that a command has opened
 */
public record Terminal(
    InputStream in,
    PrintStream out,
    PrintStream err,
    boolean outIsTerminal,
    boolean errIsTerminal,
    boolean colour,
    int width,
    Verbosity verbosity,
    Caveats caveats) {
  private static final int DEFAULT_WIDTH = 100;
  private static final int SMALLEST_WIDTH = 40;

  /** One that shows progress and notes by default, without caveats. */
  public Terminal(
      InputStream in,
      PrintStream out,
      PrintStream err,
      boolean outIsTerminal,
      boolean errIsTerminal,
      boolean colour,
      int width) {
    this(in, out, err, outIsTerminal, errIsTerminal, colour, width, new Verbosity(), new Caveats());
  }

  /**
   * The terminal of this process. The launcher passes what only a shell can ask cheaply: whether
   * the standard streams are terminals ({@code loupe.out.terminal}, {@code loupe.err.terminal}) and
   * how wide the window is ({@code loupe.columns}).
   */
  public static Terminal of(
      InputStream in,
      PrintStream out,
      PrintStream err,
      Properties properties,
      Map<String, String> environment) {
    boolean outIsTerminal = Boolean.parseBoolean(properties.getProperty("loupe.out.terminal"));
    boolean errIsTerminal = Boolean.parseBoolean(properties.getProperty("loupe.err.terminal"));
    boolean colour =
        outIsTerminal
            && environment.getOrDefault("NO_COLOR", "").isEmpty()
            && !environment.getOrDefault("TERM", "").equals("dumb");
    return new Terminal(
        in,
        out,
        err,
        outIsTerminal,
        errIsTerminal,
        colour,
        width(properties.getProperty("loupe.columns", "")));
  }

  private static int width(String columns) {
    if (!columns.matches("[1-9]\\d{0,4}")) {
      return DEFAULT_WIDTH;
    }
    return Math.max(SMALLEST_WIDTH, Integer.parseInt(columns));
  }

  /** Whether progress and notes are unwelcome. */
  public boolean quiet() {
    return verbosity.quiet();
  }

  /** The text in that style, or unchanged where colour is off. */
  public String styled(Style style, String text) {
    return colour ? style.wrap(text) : text;
  }

  /** The text cut to {@code columns} characters, the last an ellipsis when something is cut. */
  public static String cut(String text, int columns) {
    int length = text.codePointCount(0, text.length());
    if (length <= columns) {
      return text;
    }
    return text.substring(0, text.offsetByCodePoints(0, Math.max(0, columns - 1))) + "…";
  }
}
