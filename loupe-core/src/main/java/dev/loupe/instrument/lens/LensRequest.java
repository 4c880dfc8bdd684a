package dev.loupe.instrument.lens;

import java.util.OptionalInt;

/**
 * What to read.
 *
 * @param prompt the text, as the model sees it
 * @param rendered whether the prompt is a rendered chat, to which no special token is added
 * @param at position whose prediction is followed, negative from the end; the last when empty
 * @param positions how many positions to read, {@code at} and those before it
 */
public record LensRequest(String prompt, boolean rendered, OptionalInt at, int positions) {
  /** Positions read by default. */
  public static final int DEFAULT_POSITIONS = 16;

  public LensRequest {
    if (positions < 1) {
      throw new IllegalArgumentException("`positions` " + positions + " is not 1 or more");
    }
  }

  /** The usual settings. */
  public static LensRequest of(String prompt) {
    return new LensRequest(prompt, false, OptionalInt.empty(), DEFAULT_POSITIONS);
  }
}
