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

  /** Resamples of {@link #bca}. */
  public static final int RESAMPLES = 10_000;

  /**
   * The mean of values in clusters, with the bias-corrected and accelerated interval of the
   * bootstrap over whole clusters (Efron 1987): values of one cluster may depend on each other. The
   * interval is undefined for a single cluster and where all have the same mean.
   *
   * @param sums of each cluster's values
   * @param counts of them, above 0; 1 each where there are no clusters
   * @param level coverage, such as 0.95
   * @param seed of the resampling
   * @throws IllegalArgumentException if there is no cluster, or their numbers differ
   */
  public static Estimate bca(double[] sums, double[] counts, double level, long seed) {
    int n = sums.length;
    if (n == 0 || counts.length != n) {
      throw new IllegalArgumentException(n + " sums, " + counts.length + " counts");
    }
    double sum = Arrays.stream(sums).sum();
    double count = Arrays.stream(counts).sum();
    String unit = "mean, n = " + n + ", bootstrap, BCa";
    if (n == 1) {
      return new Estimate(sum / count, Double.NaN, Double.NaN, level, unit);
    }
    double[] drawn =
        Bootstrap.resample(
            n,
            RESAMPLES,
            seed,
            items -> {
              double above = 0;
              double below = 0;
              for (int item : items) {
                above += sums[item];
                below += counts[item];
              }
              return above / below;
            });
    double[] without = new double[n];
    Arrays.setAll(without, i -> (sum - sums[i]) / (count - counts[i]));
    Interval interval = Bootstrap.bca(sum / count, drawn, without, level).interval();
    return new Estimate(sum / count, interval.low(), interval.high(), level, unit);
  }
}
