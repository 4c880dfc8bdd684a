package dev.loupe.dictionary.evaluation;

import dev.loupe.fault.LoupeException;
import java.util.Set;
import java.util.TreeSet;

/**
 * Positions of a corpus at which a dictionary neither learns nor is measured. Many models keep
 * values tens of times larger than all others at the first position of what they read, or at the
 * token that separates documents; they would be most of the variance.
 *
 * @param tokens at whose positions nothing is looked at
 * @param first how many positions at the start of each row are passed over
 */
public record LeftOut(Set<Integer> tokens, int first) {
  /** Every position counts. */
  public static final LeftOut NONE = new LeftOut(Set.of(), 0);

  /** Checks the count. */
  public LeftOut {
    tokens = Set.copyOf(tokens);
    if (first < 0) {
      throw LoupeException.badInput(
          "%,d positions of each row are to be left out".formatted(first),
          "Give 0 or a number above it.");
    }
  }

  /** The first positions of rows of a length. */
  public static LeftOut first(int positions, int context) {
    if (positions >= context) {
      throw LoupeException.badInput(
          "the first %,d of %,d positions of each row are to be left out, which leaves none"
              .formatted(positions, context),
          "Leave fewer out, or read longer rows (--context).");
    }
    return new LeftOut(Set.of(), positions);
  }

  /** The same positions, and those of some tokens. */
  public LeftOut and(Set<Integer> more) {
    Set<Integer> all = new TreeSet<>(tokens);
    all.addAll(more);
    return new LeftOut(all, first);
  }

  boolean contains(int position, int token) {
    return position < first || tokens.contains(token);
  }

  /** The same for the same positions. */
  @Override
  public String toString() {
    return "tokens " + new TreeSet<>(tokens) + ", first " + first;
  }
}
