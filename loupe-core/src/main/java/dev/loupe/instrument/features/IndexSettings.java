package dev.loupe.instrument.features;

import dev.loupe.fault.LoupeException;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/**
 * How a corpus is read into an index.
 *
 * @param layers the layers to index; empty for all that have features
 * @param tokens exactly so many tokens of the corpus; without a number all, at most {@link
 *     #MOST_TOKENS_UNASKED}
 * @param share of the corpus's documents, drawn by their ids; without a number such a share that
 *     the tokens come from all of the corpus, for which it is read once more beforehand
 * @param context longest piece of a document that the model reads at once
 * @param examples strongest examples kept for each feature
 * @param before tokens of context kept before the peak of an example
 * @param after tokens of context kept after it
 * @param correlationBytes most memory for the sums from which correlations with neurons follow; a
 *     layer that would need more goes without
 */
public record IndexSettings(
    List<Integer> layers,
    OptionalLong tokens,
    OptionalDouble share,
    int context,
    int examples,
    int before,
    int after,
    long correlationBytes) {
  /** Tokens read when no number is given. */
  public static final long MOST_TOKENS_UNASKED = 1_000_000;

  /** What the command does unless it is told otherwise. */
  public static final IndexSettings DEFAULT =
      new IndexSettings(
          List.of(), OptionalLong.empty(), OptionalDouble.empty(), 128, 16, 15, 8, 512L << 20);

  private static final int LARGEST = 1 << 16;
  private static final int MOST_EXAMPLES = 100;
  private static final int LONGEST_WINDOW = 127;

  /**
   * Checks the ranges.
   *
   * @throws LoupeException if a number is out of range
   */
  public IndexSettings {
    layers = List.copyOf(layers);
    double drawn = share.orElse(1);
    if (!(drawn > 0 && drawn <= 1)) {
      throw LoupeException.badInput(
          "a share of " + drawn + " of the documents cannot be", "Choose one above 0, at most 1.");
    }
    require("context", context, 2, LARGEST);
    require("number of examples", examples, 1, MOST_EXAMPLES);
    require("window before the peak", before, 0, LONGEST_WINDOW);
    require("window after the peak", after, 0, LONGEST_WINDOW);
  }

  private static void require(String what, int value, int least, int most) {
    if (value < least || value > most) {
      throw LoupeException.badInput(
          String.format(Locale.ROOT, "a %s of %,d cannot be", what, value),
          String.format(Locale.ROOT, "Choose one from %d to %,d.", least, most));
    }
  }

  /** The same, in pieces of at most so many tokens. */
  public IndexSettings within(int longest) {
    return new IndexSettings(
        layers,
        tokens,
        share,
        Math.min(context, longest),
        examples,
        before,
        after,
        correlationBytes);
  }

  /** Tokens of an example's context, the peak included. */
  int window() {
    return before + 1 + after;
  }

  /** The most tokens that are read. */
  long mostTokens() {
    return tokens.orElse(MOST_TOKENS_UNASKED);
  }
}
