package dev.loupe.geometry;

import dev.loupe.statistics.AdjustedP;
import java.util.Arrays;
import java.util.Random;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/**
 * What a matching would be by chance: the texts of the columns' dictionary change places, whole, so
 * that effects of position and of neighbouring tokens stay, and the maximum and the assignment are
 * found again each time. Permuting single tokens would break these effects and flatter the match.
 */
public final class PermutedTexts {
  private final double[] meanBest;
  private final double[] assigned;
  private final int[] atLeast;

  private PermutedTexts(double[] meanBest, double[] assigned, int[] atLeast) {
    this.meanBest = meanBest;
    this.assigned = assigned;
    this.atLeast = atLeast;
  }

  /**
   * Matches anew in each of some orders.
   *
   * @param orders each {@code [positions]}, as {@link Correlations#permuted} takes them
   * @param least as {@link Matching#of} takes it
   * @param observed the matching without permutation
   * @param done hears after each order how many are done
   */
  public static PermutedTexts of(
      Correlations correlations,
      Iterable<int[]> orders,
      double least,
      Matching observed,
      IntConsumer done) {
    double[] best = observed.rowValues();
    int[] atLeast = new int[best.length];
    double[] means = new double[0];
    double[] assigned = new double[0];
    for (int[] order : orders) {
      Matching matching = Matching.of(correlations.permuted(order), least);
      double[] values = matching.rowValues();
      for (int row = 0; row < values.length; row++) {
        atLeast[row] += values[row] >= best[row] ? 1 : 0;
      }
      means = with(means, matching.meanBest());
      assigned = with(assigned, matching.assignment().mean());
      done.accept(means.length);
    }
    return new PermutedTexts(means, assigned, atLeast);
  }

  private static double[] with(double[] values, double another) {
    double[] more = Arrays.copyOf(values, values.length + 1);
    more[values.length] = another;
    return more;
  }

  /**
   * An order in which whole texts change places with others of their kind.
   *
   * @param kinds of each text a number from 0, such as how deep in its document it begins
   * @param length positions of each text
   * @return {@code [texts · length]}
   */
  public static int[] order(int[] kinds, int length, Random random) {
    int[] texts = new int[kinds.length];
    int most = Arrays.stream(kinds).max().orElse(0);
    for (int kind = 0; kind <= most; kind++) {
      int wanted = kind;
      int[] members =
          IntStream.range(0, kinds.length).filter(text -> kinds[text] == wanted).toArray();
      int[] shuffled = members.clone();
      for (int i = shuffled.length - 1; i > 0; i--) {
        int other = random.nextInt(i + 1);
        int text = shuffled[i];
        shuffled[i] = shuffled[other];
        shuffled[other] = text;
      }
      for (int i = 0; i < members.length; i++) {
        texts[members[i]] = shuffled[i];
      }
    }
    int[] order = new int[kinds.length * length];
    Arrays.setAll(order, i -> texts[i / length] * length + i % length);
    return order;
  }

  /** The mean best value of each order. */
  public double[] meanBest() {
    return meanBest.clone();
  }

  /** The mean of the assignment in each order, those left alone counting as 0. */
  public double[] assigned() {
    return assigned.clone();
  }

  /** {@code (1 + #{null ≥ observed}) / (1 + orders)}: never 0. */
  public static double p(double observed, double... chance) {
    return (1 + Arrays.stream(chance).filter(each -> each >= observed).count())
        / (1.0 + chance.length);
  }

  /** Of each row's best value, {@code [rows]}, not adjusted. */
  public double[] rowP() {
    return Arrays.stream(atLeast)
        .mapToDouble(count -> (1 + count) / (1.0 + meanBest.length))
        .toArray();
  }

  /** The same, adjusted for the number of rows by Benjamini and Hochberg. */
  public double[] adjustedRowP() {
    return AdjustedP.BENJAMINI_HOCHBERG.of(rowP());
  }
}
