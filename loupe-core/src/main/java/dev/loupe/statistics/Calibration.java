package dev.loupe.statistics;

import java.util.ArrayList;
import java.util.List;

/** How far the confidence of predictions is from how often they are right. */
public final class Calibration {
  private Calibration() {}

  /**
   * One prediction.
   *
   * @param confidence the probability it was given, from 0 to 1
   * @param right whether it came true
   */
  public record Prediction(double confidence, boolean right) {
    public Prediction {
      if (!(confidence >= 0 && confidence <= 1)) {
        throw new IllegalArgumentException("a confidence of " + confidence);
      }
    }
  }

  /**
   * The predictions of one range of confidence.
   *
   * @param from least confidence
   * @param to greatest, not itself in the range but for 1
   * @param count how many predictions
   * @param confidence their mean confidence, NaN for none
   * @param accuracy the share that was right, NaN for none
   */
  public record Bin(double from, double to, int count, double confidence, double accuracy) {}

  /** The predictions by ranges of equal width. */
  public static List<Bin> bins(List<Prediction> predictions, int count) {
    double[] confidence = new double[count];
    int[] right = new int[count];
    int[] all = new int[count];
    for (Prediction prediction : predictions) {
      int bin = Math.min(count - 1, (int) (prediction.confidence() * count));
      confidence[bin] += prediction.confidence();
      right[bin] += prediction.right() ? 1 : 0;
      all[bin]++;
    }
    List<Bin> bins = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      bins.add(
          new Bin(
              (double) i / count,
              (double) (i + 1) / count,
              all[i],
              confidence[i] / all[i],
              (double) right[i] / all[i]));
    }
    return List.copyOf(bins);
  }

  /**
   * The expected calibration error: the mean distance of confidence and accuracy over the bins,
   * each weighted by its predictions (Naeini et al. 2015).
   */
  public static double expectedError(List<Bin> bins) {
    int all = bins.stream().mapToInt(Bin::count).sum();
    return bins.stream()
        .filter(bin -> bin.count() > 0)
        .mapToDouble(bin -> bin.count() * Math.abs(bin.confidence() - bin.accuracy()) / all)
        .sum();
  }
}
