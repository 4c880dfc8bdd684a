package dev.loupe.statistics;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Confidences and what came true: proper scores, and how well confidence tells right from wrong.
 */
public final class Forecasts {
  /** Of a probability, before its logarithm is taken. */
  private static final double LEAST_PROBABILITY = 1e-15;

  private final double[] confidence;
  private final boolean[] right;

  /**
   * Takes copies.
   *
   * @param confidence {@code [n]}, from 0 to 1
   * @param right {@code [n]}
   * @throws IllegalArgumentException if there is none, the lengths differ or a confidence is no
   *     probability
   */
  public Forecasts(double[] confidence, boolean[] right) {
    if (confidence.length == 0 || confidence.length != right.length) {
      throw new IllegalArgumentException(
          confidence.length + " confidences of " + right.length + " answers");
    }
    for (double each : confidence) {
      if (!(each >= 0 && each <= 1)) {
        throw new IllegalArgumentException("a confidence of " + each);
      }
    }
    this.confidence = confidence.clone();
    this.right = right.clone();
  }

  /**
   * The Brier score taken apart (Murphy 1973; in bins, Stephenson et al. 2008).
   *
   * @param reliability squared distance of confidence and share right
   * @param resolution squared distance of the shares right from the share of all
   * @param uncertainty variance of being right
   * @param withinVariance of the confidence within bins
   * @param withinCovariance twice the covariance of being right and confidence within bins
   */
  public record Murphy(
      double reliability,
      double resolution,
      double uncertainty,
      double withinVariance,
      double withinCovariance) {
    /** The Brier score that the terms add up to. */
    public double brier() {
      return reliability - resolution + uncertainty + withinVariance - withinCovariance;
    }
  }

  /** How many. */
  public int size() {
    return confidence.length;
  }

  double confidence(int number) {
    return confidence[number];
  }

  boolean isRight(int number) {
    return right[number];
  }

  /** The share that was right. */
  public double accuracy() {
    return rightOnes() / (double) size();
  }

  long rightOnes() {
    return IntStream.range(0, size()).filter(i -> right[i]).count();
  }

  /** The mean confidence. */
  public double meanConfidence() {
    return Arrays.stream(confidence).sum() / size();
  }

  /** The mean squared distance of confidence and outcome (Brier 1950). */
  public double brier() {
    return IntStream.range(0, size())
            .mapToDouble(i -> (confidence[i] - outcome(i)) * (confidence[i] - outcome(i)))
            .sum()
        / size();
  }

  /** 1 − Brier/uncertainty; NaN if all are right or all wrong. */
  public double brierSkill() {
    double uncertainty = accuracy() * (1 - accuracy());
    return uncertainty == 0 ? Double.NaN : 1 - brier() / uncertainty;
  }

  /** The mean negative logarithm of the outcome's probability, in nats, clipped at 1e-15. */
  public double logScore() {
    return IntStream.range(0, size())
            .mapToDouble(i -> right[i] ? confidence[i] : 1 - confidence[i])
            .map(p -> -Math.log(Math.clamp(p, LEAST_PROBABILITY, 1)))
            .sum()
        / size();
  }

  /**
   * The probability that a right answer has more confidence than a wrong one, ties one half; NaN
   * with one class only.
   */
  public double auroc() {
    return new Auroc(confidence, right).value();
  }

  /** By distinct confidences, where the terms within are 0. */
  public Murphy murphy() {
    int[] order = order();
    double[] terms = new double[2];
    double all = accuracy();
    for (int from = 0; from < order.length; ) {
      int to = tieEnd(order, from);
      double count = to - from;
      double share = rightBetween(order, from, to) / count;
      double away = confidence[order[from]] - share;
      terms[0] += count * away * away / size();
      terms[1] += count * (share - all) * (share - all) / size();
      from = to;
    }
    return new Murphy(terms[0], terms[1], all * (1 - all), 0, 0);
  }

  /** Numbers by rising confidence, equal ones in their order. */
  int[] order() {
    return Order.rising(confidence);
  }

  /** Behind the last of those with the confidence of {@code from}. */
  int tieEnd(int[] order, int from) {
    return Order.tieEnd(confidence, order, from);
  }

  long rightBetween(int[] order, int from, int to) {
    long count = 0;
    for (int i = from; i < to; i++) {
      count += right[order[i]] ? 1 : 0;
    }
    return count;
  }

  private double outcome(int number) {
    return right[number] ? 1 : 0;
  }
}
