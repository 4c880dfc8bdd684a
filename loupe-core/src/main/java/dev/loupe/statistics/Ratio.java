package dev.loupe.statistics;

import java.util.Arrays;
import java.util.Random;

/**
 * A sum over clusters divided by another, such as a loss a token over texts of different lengths,
 * with the percentile interval of the bootstrap over clusters (Efron 1979).
 */
public final class Ratio {
  private static final int RESAMPLES = 1000;

  private Ratio() {}

  /**
   * The ratio with its interval; there is none for a single cluster.
   *
   * @param numerators of each cluster
   * @param denominators likewise
   * @param level coverage, such as 0.95
   * @param seed of the resampling
   * @throws IllegalArgumentException if there is no cluster, or their numbers differ
   */
  public static Estimate bootstrap(
      double[] numerators, double[] denominators, double level, long seed) {
    int n = numerators.length;
    if (n == 0 || denominators.length != n) {
      throw new IllegalArgumentException(n + " numerators, " + denominators.length + " others");
    }
    double value = Arrays.stream(numerators).sum() / Arrays.stream(denominators).sum();
    String unit = "ratio of sums, n = " + n + ", bootstrap";
    if (n == 1 || !Double.isFinite(value)) {
      return Estimate.exactly(value, unit);
    }
    Random random = new Random(seed);
    double[] drawn = new double[RESAMPLES];
    for (int resample = 0; resample < RESAMPLES; resample++) {
      double above = 0;
      double below = 0;
      for (int i = 0; i < n; i++) {
        int cluster = random.nextInt(n);
        above += numerators[cluster];
        below += denominators[cluster];
      }
      drawn[resample] = above / below;
    }
    Arrays.sort(drawn);
    int tail = (int) Math.floor((1 - level) / 2 * RESAMPLES);
    double low = Math.min(value, drawn[tail]);
    double high = Math.max(value, drawn[RESAMPLES - 1 - tail]);
    return new Estimate(value, low, high, level, unit);
  }
}
