package dev.loupe.statistics;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * How well a score tells positives from negatives: the probability that a positive has the higher
 * score, ties one half, with the errors of DeLong, DeLong and Clarke-Pearson 1988.
 */
public final class Auroc {
  private final double value;

  /** For each positive the share of negatives below it, {@code [positives]}. */
  private final double[] ofPositives;

  /** For each negative the share of positives above it, {@code [negatives]}. */
  private final double[] ofNegatives;

  /**
   * Measures it.
   *
   * @param score {@code [n]}, any numbers
   * @param positive {@code [n]}
   * @throws IllegalArgumentException if the lengths differ or a score is NaN
   */
  public Auroc(double[] score, boolean[] positive) {
    if (score.length != positive.length || Arrays.stream(score).anyMatch(Double::isNaN)) {
      throw new IllegalArgumentException(score.length + " scores of " + positive.length);
    }
    double[] other = othersBelow(score, positive);
    double positives = IntStream.range(0, score.length).filter(i -> positive[i]).count();
    double negatives = score.length - positives;
    this.ofPositives =
        IntStream.range(0, score.length)
            .filter(i -> positive[i])
            .mapToDouble(i -> other[i] / negatives)
            .toArray();
    this.ofNegatives =
        IntStream.range(0, score.length)
            .filter(i -> !positive[i])
            .mapToDouble(i -> 1 - other[i] / positives)
            .toArray();
    this.value = Arrays.stream(ofPositives).average().orElse(Double.NaN);
  }

  /** For each how many of the other class are below it, equal ones half. */
  private static double[] othersBelow(double[] score, boolean[] positive) {
    int[] order = Order.rising(score);
    double[] others = new double[order.length];
    long positives = 0;
    for (int from = 0; from < order.length; ) {
      int to = Order.tieEnd(score, order, from);
      long here = 0;
      for (int i = from; i < to; i++) {
        here += positive[order[i]] ? 1 : 0;
      }
      for (int i = from; i < to; i++) {
        others[order[i]] =
            positive[order[i]]
                ? from - positives + (to - from - here) / 2.0
                : positives + here / 2.0;
      }
      positives += here;
      from = to;
    }
    return others;
  }

  /** The area; NaN with one class only. */
  public double value() {
    return value;
  }

  /** DeLong's variance; NaN with fewer than two of either class. */
  public double variance() {
    return covariance(this);
  }

  private double covariance(Auroc other) {
    return covariance(ofPositives, other.ofPositives) / ofPositives.length
        + covariance(ofNegatives, other.ofNegatives) / ofNegatives.length;
  }

  private static double covariance(double[] a, double[] b) {
    double meanA = Arrays.stream(a).sum() / a.length;
    double meanB = Arrays.stream(b).sum() / b.length;
    return IntStream.range(0, a.length).mapToDouble(i -> (a[i] - meanA) * (b[i] - meanB)).sum()
        / (a.length - 1.0);
  }

  /**
   * With DeLong's interval on the logit scale, which stays within 0 and 1; none where the variance
   * is 0, as when all positives are above all negatives.
   */
  public Estimate estimate(double level) {
    String unit =
        "AUROC, %d positives, %d negatives".formatted(ofPositives.length, ofNegatives.length);
    double variance = variance();
    if (!(variance > 0) || value <= 0 || value >= 1) {
      return Estimate.exactly(value, unit);
    }
    double half = Normal.twoSided(level) * Math.sqrt(variance) / (value * (1 - value));
    double logit = Math.log(value / (1 - value));
    return new Estimate(value, share(logit - half), share(logit + half), level, unit + ", DeLong");
  }

  private static double share(double logit) {
    return 1 / (1 + Math.exp(-logit));
  }

  /**
   * This area less another's over the same positives and negatives, with DeLong's interval for
   * pairs.
   *
   * @throws IllegalArgumentException if they are of other numbers of positives and negatives
   */
  public Estimate less(Auroc other, double level) {
    if (ofPositives.length != other.ofPositives.length
        || ofNegatives.length != other.ofNegatives.length) {
      throw new IllegalArgumentException("areas over other items");
    }
    double variance = variance() + other.variance() - 2 * covariance(other);
    double difference = value - other.value;
    String unit = "difference of AUROC";
    return variance > 0
        ? Interval.around(difference, Normal.twoSided(level) * Math.sqrt(variance))
            .about(difference, level, unit + ", DeLong")
        : Estimate.exactly(difference, unit);
  }
}
