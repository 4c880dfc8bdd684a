package dev.loupe.dictionary.evaluation;

import dev.loupe.fault.LoupeException;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;

/**
 * Positions of a corpus on which a dictionary is neither trained nor evaluated. Many models keep
 * values tens of times larger than all others at the first position of what they read, or at the
 * token that separates documents, and at a few others; they would be most of the variance, and one
 * of them in a batch dominates the gradients of thousands.
 *
 * @param tokens whose positions are left out
 * @param first how many positions at the start of each row are skipped
 * @param longest the largest norm of a position's values, in multiples of the median, where a
 *     dictionary reads or writes; infinite for any
 */
public record LeftOut(Set<Integer> tokens, int first, double longest) {
  /** Every position counts. */
  public static final LeftOut NONE = new LeftOut(Set.of(), 0, Double.POSITIVE_INFINITY);

  /** Checks the count. */
  public LeftOut {
    tokens = Set.copyOf(tokens);
    if (first < 0) {
      throw LoupeException.badInput(
          String.format(Locale.ROOT, "%,d positions of each row are to be left out", first),
          "Give 0 or a number above it.");
    }
    if (!(longest > 1)) {
      throw LoupeException.badInput(
          "positions longer than %s times the median are to be left out".formatted(longest),
          "Give a number above 1; 10 is usual.");
    }
  }

  /** The first positions of rows of a length. */
  public static LeftOut first(int positions, int context) {
    if (positions >= context) {
      throw LoupeException.badInput(
          String.format(
              Locale.ROOT,
              "the first %,d of %,d positions of each row are to be left out, which leaves none",
              positions,
              context),
          "Leave fewer out, or read longer rows (`context`).");
    }
    return new LeftOut(Set.of(), positions, Double.POSITIVE_INFINITY);
  }

  /** The same positions, and those of some tokens. */
  public LeftOut and(Set<Integer> more) {
    Set<Integer> all = new TreeSet<>(tokens);
    all.addAll(more);
    return new LeftOut(all, first, longest);
  }

  /** The same positions, and those whose norm is more than this many times the median. */
  public LeftOut longerThan(double medians) {
    return new LeftOut(tokens, first, medians);
  }

  /**
   * Which positions are nowhere too large, rising.
   *
   * @param places values {@code [n, d_model]} where a dictionary reads and writes, of the same
   *     positions
   */
  public int[] notTooLong(Collection<Tensor> places) {
    int count = places.iterator().next().size(0);
    boolean[] tooLong = new boolean[count];
    for (Tensor values : longest == Double.POSITIVE_INFINITY ? List.<Tensor>of() : places) {
      double[] lengths;
      try (var _ = NativeScope.open()) {
        lengths = values.square().sum(false, -1).sqrt().toDoubles();
      }
      double[] sorted = lengths.clone();
      Arrays.sort(sorted);
      for (int i = 0; i < count; i++) {
        tooLong[i] |= lengths[i] > longest * sorted[count / 2];
      }
    }
    return IntStream.range(0, count).filter(i -> !tooLong[i]).toArray();
  }

  boolean contains(int position, int token) {
    return position < first || tokens.contains(token);
  }

  /** As text for the user; empty where every position counts. */
  public String words() {
    List<String> parts = new ArrayList<>();
    if (first > 0) {
      parts.add(
          first == 1 ? "the first position of each row" : "the first " + first + " of each row");
    }
    if (!tokens.isEmpty()) {
      parts.add("every token " + new TreeSet<>(tokens).toString().replaceAll("[\\[\\]]", ""));
    }
    if (longest < Double.POSITIVE_INFINITY) {
      String times = Double.toString(longest).replaceAll("\\.0$", "");
      parts.add("positions over " + times + " times the median length");
    }
    return String.join(", ", parts);
  }

  /** The same for the same positions. */
  @Override
  public String toString() {
    return "tokens %s, first %d, longer than %s medians"
        .formatted(new TreeSet<>(tokens), first, longest);
  }
}
