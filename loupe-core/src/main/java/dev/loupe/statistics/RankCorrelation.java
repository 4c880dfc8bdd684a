package dev.loupe.statistics;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/** Whether two measures order things alike. */
public final class RankCorrelation {
  /** With fewer pairs the standard error below does not exist. */
  private static final int FEWEST_FOR_INTERVAL = 4;

  private RankCorrelation() {}

  /**
   * Spearman's correlation: Pearson's of the ranks, ties sharing their mean rank. The interval is
   * Fisher's z with the standard error of Bonett and Wright (2000), {@code sqrt((1 + r²/2) / (n −
   * 3))}. There is none below four pairs or at ±1, where z is infinite; the value is NaN when one
   * side is constant.
   *
   * @param level coverage of the interval, such as 0.95
   * @throws IllegalArgumentException if the lengths differ or a value is NaN
   */
  public static Estimate spearman(double[] x, double[] y, double level) {
    if (x.length != y.length) {
      throw new IllegalArgumentException(x.length + " values against " + y.length);
    }
    int n = x.length;
    String unit = "Spearman, n = " + n;
    double r = pearson(ranks(x), ranks(y));
    if (n < FEWEST_FOR_INTERVAL || Double.isNaN(r) || Math.abs(r) == 1) {
      return Estimate.exactly(r, unit);
    }
    double half = Normal.twoSided(level) * Math.sqrt((1 + r * r / 2) / (n - 3));
    double z = 0.5 * (Math.log1p(r) - Math.log1p(-r));
    return new Estimate(r, Math.tanh(z - half), Math.tanh(z + half), level, unit);
  }

  /** Ranks from 1, doubled so that the mean of tied ranks is a whole number. */
  private static long[] ranks(double[] values) {
    for (double value : values) {
      if (Double.isNaN(value)) {
        throw new IllegalArgumentException("NaN has no rank");
      }
    }
    int[] order =
        IntStream.range(0, values.length)
            .boxed()
            // Adding 0.0 makes -0.0 tie with 0.0.
            .sorted(Comparator.comparingDouble(i -> values[i] + 0.0))
            .mapToInt(Integer::intValue)
            .toArray();
    long[] doubled = new long[values.length];
    for (int from = 0; from < order.length; ) {
      int to = from;
      while (to + 1 < order.length && values[order[to + 1]] == values[order[from]]) {
        to++;
      }
      for (int i = from; i <= to; i++) {
        doubled[order[i]] = from + to + 2L;
      }
      from = to + 1;
    }
    return doubled;
  }

  /** Of whole numbers, so that equal orders give 1 exactly. */
  private static double pearson(long[] x, long[] y) {
    double middle = x.length + 1.0;
    double together = 0;
    double ofX = 0;
    double ofY = 0;
    for (int i = 0; i < x.length; i++) {
      together += (x[i] - middle) * (y[i] - middle);
      ofX += (x[i] - middle) * (x[i] - middle);
      ofY += (y[i] - middle) * (y[i] - middle);
    }
    if (ofX == 0 || ofY == 0) {
      return Double.NaN;
    }
    return Arrays.equals(x, y) ? 1 : Math.clamp(together / Math.sqrt(ofX * ofY), -1.0, 1.0);
  }
}
