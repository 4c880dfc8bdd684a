package dev.loupe.instrument.geometry;

import dev.loupe.fault.LoupeException;
import java.nio.file.Path;
import java.util.Locale;

/**
 * The text on which features are compared, as texts of one length: a document is cut into pieces of
 * {@code length} tokens, what is left over is not counted, and every piece is read with all of the
 * document before it.
 *
 * @param corpus a file of JSON lines, Parquet or text, or a folder of such files; documents are
 *     drawn from all of it
 * @param tokens positions that count, about
 * @param length positions of each text
 */
public record TextsRequest(Path corpus, int tokens, int length) {
  /** Positions that count unless asked otherwise. */
  public static final int USUAL_TOKENS = 48_000;

  /** Positions of a text unless asked otherwise. */
  public static final int USUAL_LENGTH = 12;

  private static final int MOST_TOKENS = 4_000_000;
  private static final int LONGEST = 4096;

  /**
   * Checks the ranges.
   *
   * @throws LoupeException if a number is out of range
   */
  public TextsRequest {
    require("tokens", tokens, 2, MOST_TOKENS);
    require("length", length, 1, LONGEST);
  }

  /** The usual amount of a corpus. */
  public static TextsRequest of(Path corpus) {
    return new TextsRequest(corpus, USUAL_TOKENS, USUAL_LENGTH);
  }

  private static void require(String name, int value, int least, int most) {
    if (value < least || value > most) {
      throw LoupeException.badInput(
          String.format(Locale.ROOT, "`%s` of %,d is out of range", name, value),
          String.format(Locale.ROOT, "Choose one from %d to %,d.", least, most));
    }
  }
}
