package dev.loupe.statistics;

import java.util.Arrays;

/** The mean of a sample, with the interval that the normal distribution gives it. */
public final class Mean {
  private Mean() {}

  /**
   * The mean with its interval: that many standard errors to each side, which is too narrow for
   * samples of fewer than about thirty. There is none for a single value.
   *
   * @param level coverage, such as 0.95
   * @throws IllegalArgumentException if there is no value
   */
  public static Estimate of(double[] values, double level) {
    int n = values.length;
    if (n == 0) {
      throw new IllegalArgumentException("the mean of nothing");
    }
    String unit = "mean, n = " + n;
    double mean = Arrays.stream(values).sum() / n;
    if (n == 1) {
      return Estimate.exactly(mean, unit);
    }
    double squares = Arrays.stream(values).map(value -> (value - mean) * (value - mean)).sum();
    double half = Normal.twoSided(level) * Math.sqrt(squares / (n - 1.0) / n);
    return new Estimate(mean, mean - half, mean + half, level, unit);
  }

  /**
   * The mean with the percentile interval of the bootstrap (Efron 1979); there is none for a single
   * value.
   *
   * @param level coverage, such as 0.95
   * @param seed of the resampling
   * @throws IllegalArgumentException if there is no value
   */
  public static Estimate bootstrap(double[] values, double level, long seed) {
    double[] ones = new double[values.length];
    Arrays.fill(ones, 1);
    Estimate ratio = Ratio.bootstrap(values, ones, level, seed);
    return ratio.in("mean, n = " + values.length + ", bootstrap");
  }
}
