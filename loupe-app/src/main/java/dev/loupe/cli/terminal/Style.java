package dev.loupe.cli.terminal;

/** The few ways in which text can stand out on a terminal. Meaning never hangs on colour alone. */
public enum Style {
  /** What matters most. */
  BOLD("1"),
  /** Ordinary text. */
  PLAIN("0"),
  /** What can be skipped. */
  DIM("2"),
  /** The heading of a section. */
  HEADING("1;36"),
  /** Raises the target: blue, as on the page. */
  POSITIVE("38;5;32"),
  /** Lowers the target: vermillion, as on the page. */
  NEGATIVE("38;5;166"),
  /** Raises the target much: black on blue. */
  STRONG_POSITIVE("38;5;16;48;5;32"),
  /** Lowers the target much: black on vermillion. */
  STRONG_NEGATIVE("38;5;16;48;5;166"),
  /** A check that passed. */
  PASSED("32"),
  /** A check that failed, or an error. */
  FAILED("1;31");

  private final String codes;

  Style(String codes) {
    this.codes = codes;
  }

  /** {@link #POSITIVE} or {@link #NEGATIVE} by the sign of {@code value}. */
  public static Style bySign(double value) {
    return value < 0 ? NEGATIVE : POSITIVE;
  }

  /** The text between this style's escape codes. */
  String wrap(String text) {
    return "\u001b[" + codes + "m" + text + "\u001b[0m";
  }
}
