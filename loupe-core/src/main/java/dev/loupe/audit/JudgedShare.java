package dev.loupe.audit;

import dev.loupe.statistics.Interval;
import dev.loupe.statistics.Normal;
import java.util.Arrays;
import java.util.Optional;

/**
 * The share of successes when a judge graded all answers and people a few: the prediction-powered
 * mean (Angelopoulos et al. 2023, arXiv:2301.09633). {@link dev.loupe.statistics.JudgeError} serves
 * where the judge's error is known from elsewhere.
 *
 * @param share mean of the judge on the unlabelled and its correction on the labelled; may leave 0
 *     to 1
 * @param standardError variances divided by n, as in the paper
 */
public record JudgedShare(double share, double standardError, Interval interval) {
  /** A confusion with a smaller determinant cannot be inverted. */
  private static final double SINGULAR = 1e-12;

  /**
   * Measures it.
   *
   * @param truth {@code [n]}, people's grades, 0 or 1
   * @param judge {@code [n]}, the judge's of the same
   * @param others {@code [N]}, the judge's of the rest
   */
  public static JudgedShare predictionPowered(
      double[] truth, double[] judge, double[] others, double level) {
    if (truth.length == 0 || truth.length != judge.length || others.length == 0) {
      throw new IllegalArgumentException(
          truth.length + " labels, " + judge.length + " judged, " + others.length + " others");
    }
    double[] correction = new double[truth.length];
    Arrays.setAll(correction, i -> truth[i] - judge[i]);
    double share = mean(others) + mean(correction);
    double error =
        Math.sqrt(variance(others) / others.length + variance(correction) / correction.length);
    double half = Normal.twoSided(level) * error;
    return new JudgedShare(share, error, new Interval(share - half, share + half));
  }

  /**
   * True shares of right, wrong and abstained behind a judge's: the solution of Cᵀx = observed by
   * Cramer's rule. Empty if the judge's grades do not tell the three apart. Shares may leave 0 to
   * 1.
   *
   * @param confusion {@code [3, 3]}, counts by true and judged grade
   * @param observed {@code [3]}, the judge's counts
   * @return {@code [3]}
   */
  public static Optional<double[]> threeGrades(long[][] confusion, long[] observed) {
    double[][] given = new double[3][3];
    for (int truth = 0; truth < 3; truth++) {
      double row = Arrays.stream(confusion[truth]).sum();
      for (int judged = 0; judged < 3; judged++) {
        given[judged][truth] = confusion[truth][judged] / row;
      }
    }
    double all = determinant(given);
    double total = Arrays.stream(observed).sum();
    if (!(Math.abs(all) > SINGULAR && total > 0)) {
      return Optional.empty();
    }
    double[] shares = new double[3];
    for (int column = 0; column < 3; column++) {
      double[][] replaced = new double[3][];
      for (int row = 0; row < 3; row++) {
        replaced[row] = given[row].clone();
        replaced[row][column] = observed[row] / total;
      }
      shares[column] = determinant(replaced) / all;
    }
    return Optional.of(shares);
  }

  private static double determinant(double[][] a) {
    return a[0][0] * (a[1][1] * a[2][2] - a[1][2] * a[2][1])
        - a[0][1] * (a[1][0] * a[2][2] - a[1][2] * a[2][0])
        + a[0][2] * (a[1][0] * a[2][1] - a[1][1] * a[2][0]);
  }

  private static double mean(double[] values) {
    return Arrays.stream(values).sum() / values.length;
  }

  private static double variance(double[] values) {
    double mean = mean(values);
    return Arrays.stream(values).map(value -> (value - mean) * (value - mean)).sum()
        / values.length;
  }
}
