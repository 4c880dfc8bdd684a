package dev.loupe.statistics;

import java.util.Arrays;
import java.util.Random;
import java.util.function.ToDoubleFunction;

/** Intervals from resampled statistics (Efron 1979, 1987); whole clusters may be the items. */
public final class Bootstrap {
  /** A jackknife that varies by less is one of equal values. */
  private static final double NO_VARIANCE = 1e-28;

  private Bootstrap() {}

  /**
   * What the bias-corrected and accelerated interval is made of.
   *
   * @param bias z₀: how far the resamples lie to one side of the estimate; ties count half
   * @param acceleration how the error grows with the value, from the jackknife
   * @param interval undefined when all resamples lie on one side or the jackknife does not vary
   */
  public record Bca(double bias, double acceleration, Interval interval) {}

  /**
   * A statistic of resamples.
   *
   * @param items how many items there are to draw from
   * @param resamples how many to make
   * @param statistic takes the numbers of the items drawn, {@code [items]}
   */
  public static double[] resample(
      int items, int resamples, long seed, ToDoubleFunction<int[]> statistic) {
    Random random = new Random(seed);
    double[] drawn = new double[resamples];
    int[] numbers = new int[items];
    for (int i = 0; i < resamples; i++) {
      Arrays.setAll(numbers, _ -> random.nextInt(items));
      drawn[i] = statistic.applyAsDouble(numbers);
    }
    return drawn;
  }

  /** The statistic without each item in turn, {@code [items]}. */
  public static double[] jackknife(int items, ToDoubleFunction<int[]> statistic) {
    double[] left = new double[items];
    for (int out = 0; out < items; out++) {
      int[] numbers = new int[items - 1];
      for (int i = 0; i < numbers.length; i++) {
        numbers[i] = i < out ? i : i + 1;
      }
      left[out] = statistic.applyAsDouble(numbers);
    }
    return left;
  }

  /** The percentile interval: quantiles of type 7 of the resampled statistics. */
  public static Interval percentile(double[] resampled, double level) {
    double[] sorted = resampled.clone();
    Arrays.sort(sorted);
    double tail = Normal.tail(level);
    return new Interval(quantile(sorted, tail), quantile(sorted, 1 - tail));
  }

  /** The standard deviation of the resampled statistics. */
  public static double standardError(double[] resampled) {
    double mean = Arrays.stream(resampled).sum() / resampled.length;
    double squares = Arrays.stream(resampled).map(value -> (value - mean) * (value - mean)).sum();
    return Math.sqrt(squares / (resampled.length - 1));
  }

  /**
   * The bias-corrected and accelerated interval (Efron 1987).
   *
   * @param estimate the statistic of the sample itself
   * @param resampled of the resamples
   * @param jackknife of the sample without each item
   */
  public static Bca bca(double estimate, double[] resampled, double[] jackknife, double level) {
    double[] sorted = resampled.clone();
    Arrays.sort(sorted);
    double share =
        Arrays.stream(sorted).map(t -> t < estimate ? 1 : t == estimate ? 0.5 : 0).sum()
            / sorted.length;
    double mean = Arrays.stream(jackknife).sum() / jackknife.length;
    double squares = Arrays.stream(jackknife).map(t -> Math.pow(mean - t, 2)).sum();
    double cubes = Arrays.stream(jackknife).map(t -> Math.pow(mean - t, 3)).sum();
    if (squares <= NO_VARIANCE || share == 0 || share == 1) {
      return new Bca(Double.NaN, Double.NaN, Interval.undefined());
    }
    double bias = Normal.quantile(share);
    double acceleration = cubes / (6 * Math.pow(squares, 1.5));
    double z = Normal.twoSided(level);
    double low = quantile(sorted, adjusted(bias, acceleration, -z));
    double high = quantile(sorted, adjusted(bias, acceleration, z));
    return new Bca(bias, acceleration, new Interval(Math.min(low, high), Math.max(low, high)));
  }

  private static double adjusted(double bias, double acceleration, double z) {
    return Normal.below(bias + (bias + z) / (1 - acceleration * (bias + z)));
  }

  /** Between the two nearest values (type 7 of Hyndman and Fan 1996). */
  private static double quantile(double[] sorted, double probability) {
    double place = (sorted.length - 1) * probability;
    int at = (int) Math.floor(place);
    return at + 1 >= sorted.length
        ? sorted[at]
        : sorted[at] + (place - at) * (sorted[at + 1] - sorted[at]);
  }
}
