package dev.loupe.statistics;

import dev.loupe.statistics.Forecasts.Murphy;
import java.util.ArrayList;
import java.util.List;

/**
 * Confidence beside the share that was right, in bins (Guo et al. 2017). Empty bins are left out of
 * all means; the expected error is biased upwards in small samples.
 *
 * @param binning how the bins were made
 * @param bins those with an answer
 * @param expectedError ECE: mean distance of confidence and share right, by the bins' answers
 * @param greatestError MCE: of the worst bin
 * @param averageError ACE: mean over the bins
 * @param rmsError root of the mean square, by the bins' answers
 * @param murphy the Brier score's terms over these bins
 */
public record Reliability(
    Binning binning,
    List<Bin> bins,
    double expectedError,
    double greatestError,
    double averageError,
    double rmsError,
    Murphy murphy) {

  /** How answers are put into bins. */
  public enum Binning {
    /** ((m − 1)/M, m/M], and 0 in the first: UQLM and LM-Polygraph. */
    EQUAL_WIDTH,
    /** [(m − 1)/M, m/M), and 1 in the last: stated numbers such as 0.7 move to another bin. */
    EQUAL_WIDTH_LEFT_CLOSED,
    /** By rising confidence in bins whose sizes differ by at most 1; ties may be split. */
    EQUAL_MASS
  }

  /**
   * One bin.
   *
   * @param number from 0
   * @param confidence mean of its answers
   * @param interval Wilson's, of the share right
   */
  public record Bin(int number, long count, double confidence, long right, Interval interval) {
    /** The share that was right. */
    public double accuracy() {
      return (double) right / count;
    }

    double gap() {
      return Math.abs(confidence - accuracy());
    }
  }

  public Reliability {
    bins = List.copyOf(bins);
  }

  /**
   * Measures it.
   *
   * @param count of bins
   * @param level coverage of the bands
   */
  public static Reliability of(Forecasts forecasts, Binning binning, int count, double level) {
    int[] place = places(forecasts, binning, count);
    int n = forecasts.size();
    long[] sizes = new long[count];
    long[] right = new long[count];
    double[] sums = new double[count];
    for (int i = 0; i < n; i++) {
      sizes[place[i]]++;
      sums[place[i]] += forecasts.confidence(i);
      right[place[i]] += forecasts.isRight(i) ? 1 : 0;
    }
    List<Bin> bins = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      if (sizes[i] > 0) {
        Counts counts = new Counts(right[i], sizes[i]);
        bins.add(
            new Bin(
                i,
                sizes[i],
                sums[i] / sizes[i],
                right[i],
                ProportionInterval.WILSON.of(counts, level)));
      }
    }
    return new Reliability(
        binning,
        bins,
        bins.stream().mapToDouble(bin -> bin.count() * bin.gap() / n).sum(),
        bins.stream().mapToDouble(Bin::gap).max().orElseThrow(),
        bins.stream().mapToDouble(Bin::gap).average().orElseThrow(),
        Math.sqrt(bins.stream().mapToDouble(bin -> bin.count() * bin.gap() * bin.gap() / n).sum()),
        murphy(forecasts, place, count, bins));
  }

  private static Murphy murphy(Forecasts forecasts, int[] place, int count, List<Bin> bins) {
    int n = forecasts.size();
    double all = forecasts.accuracy();
    double[] means = new double[count];
    double[] shares = new double[count];
    double reliability = 0;
    double resolution = 0;
    for (Bin bin : bins) {
      means[bin.number()] = bin.confidence();
      shares[bin.number()] = bin.accuracy();
      reliability += bin.count() * bin.gap() * bin.gap() / n;
      resolution += bin.count() * (bin.accuracy() - all) * (bin.accuracy() - all) / n;
    }
    double variance = 0;
    double covariance = 0;
    for (int i = 0; i < n; i++) {
      double away = forecasts.confidence(i) - means[place[i]];
      variance += away * away / n;
      covariance += 2 * ((forecasts.isRight(i) ? 1 : 0) - shares[place[i]]) * away / n;
    }
    return new Murphy(reliability, resolution, all * (1 - all), variance, covariance);
  }

  private static int[] places(Forecasts forecasts, Binning binning, int count) {
    int n = forecasts.size();
    int[] place = new int[n];
    switch (binning) {
      case EQUAL_WIDTH -> {
        for (int i = 0; i < n; i++) {
          place[i] = rightClosed(forecasts.confidence(i), count);
        }
      }
      case EQUAL_WIDTH_LEFT_CLOSED -> {
        for (int i = 0; i < n; i++) {
          place[i] = Math.min(count - 1, (int) (forecasts.confidence(i) * count));
        }
      }
      case EQUAL_MASS -> {
        int[] order = forecasts.order();
        int larger = n % count;
        int size = n / count;
        for (int i = 0; i < n; i++) {
          int inLarger = larger * (size + 1);
          place[order[i]] = i < inLarger ? i / (size + 1) : larger + (i - inLarger) / size;
        }
      }
    }
    return place;
  }

  /** Held against the edges themselves, the doubles m/M: a product could round past one. */
  private static int rightClosed(double confidence, int count) {
    int bin = Math.clamp((int) Math.ceil(confidence * count) - 1, 0, count - 1);
    while (bin > 0 && confidence <= (double) bin / count) {
      bin--;
    }
    while (bin < count - 1 && confidence > (bin + 1.0) / count) {
      bin++;
    }
    return bin;
  }
}
