package dev.loupe.tokenizer;

import java.util.OptionalInt;

/**
 * The tokens that a model's files call the beginning and the end of a text, whether or not the
 * tokenizer puts them there.
 *
 * @param begin {@code bos_token}
 * @param end {@code eos_token}
 */
public record BoundaryTokens(OptionalInt begin, OptionalInt end) {
  /** Files that name neither. */
  public static final BoundaryTokens NONE =
      new BoundaryTokens(OptionalInt.empty(), OptionalInt.empty());

  /** These, and where one is not named that of another file. */
  public BoundaryTokens or(BoundaryTokens other) {
    return new BoundaryTokens(
        begin.isPresent() ? begin : other.begin, end.isPresent() ? end : other.end);
  }
}
