package dev.loupe.statistics;

import java.util.Arrays;
import java.util.Optional;

/**
 * The probability of an outcome by one number: {@code P = 1/(1 + exp(−(b0 + b1 x)))}, by maximum
 * likelihood (Newton's method), the covariance from Fisher's information.
 *
 * @param intercept b0
 * @param slope b1
 * @param interceptVariance of b0
 * @param covariance of b0 and b1
 * @param slopeVariance of b1
 * @param logLikelihood in nats
 * @param nullLogLikelihood of the same outcomes by one probability for all
 */
public record LogisticFit(
    double intercept,
    double slope,
    double interceptVariance,
    double covariance,
    double slopeVariance,
    double logLikelihood,
    double nullLogLikelihood) {
  private static final int MOST_STEPS = 200;
  private static final double CONVERGED = 1e-13;

  /**
   * Fits; empty where there is no maximum: all outcomes are alike, x does not vary, or a value of x
   * separates all that happened from all that did not.
   *
   * @param x {@code [n]}
   * @param outcome {@code [n]}
   * @throws IllegalArgumentException if the lengths differ or an x is not finite
   */
  public static Optional<LogisticFit> of(double[] x, boolean[] outcome) {
    if (x.length != outcome.length) {
      throw new IllegalArgumentException(x.length + " values for " + outcome.length + " outcomes");
    }
    if (isSeparated(x, outcome)) {
      return Optional.empty();
    }
    double b0 = 0;
    double b1 = 0;
    double[] sums = new double[6];
    double reached = Double.NEGATIVE_INFINITY;
    for (int step = 0; step < MOST_STEPS; step++) {
      sums(x, outcome, b0, b1, sums);
      double determinant = sums[2] * sums[4] - sums[3] * sums[3];
      double d0 = (sums[4] * sums[0] - sums[3] * sums[1]) / determinant;
      double d1 = (sums[2] * sums[1] - sums[3] * sums[0]) / determinant;
      // Far from the maximum a whole step may overshoot: halve it until the likelihood rises.
      reached = sums[5];
      double part = 1;
      double[] tried = new double[6];
      sums(x, outcome, b0 + d0, b1 + d1, tried);
      while (!(tried[5] >= reached - 1e-12 * Math.abs(reached)) && part > 1e-6) {
        part /= 2;
        sums(x, outcome, b0 + part * d0, b1 + part * d1, tried);
      }
      b0 += part * d0;
      b1 += part * d1;
      if (Math.abs(part * d0) <= CONVERGED * (1 + Math.abs(b0))
          && Math.abs(part * d1) <= CONVERGED * (1 + Math.abs(b1))) {
        break;
      }
    }
    sums(x, outcome, b0, b1, sums);
    double determinant = sums[2] * sums[4] - sums[3] * sums[3];
    return Optional.of(
        new LogisticFit(
            b0,
            b1,
            sums[4] / determinant,
            -sums[3] / determinant,
            sums[2] / determinant,
            sums[5],
            nullLogLikelihood(outcome)));
  }

  /** Score (2), information (3), log-likelihood. */
  private static void sums(double[] x, boolean[] outcome, double b0, double b1, double[] sums) {
    Arrays.fill(sums, 0);
    for (int i = 0; i < x.length; i++) {
      double z = b0 + b1 * x[i];
      double p = probability(z);
      double weight = p * probability(-z);
      double away = (outcome[i] ? 1 : 0) - p;
      sums[0] += away;
      sums[1] += away * x[i];
      sums[2] += weight;
      sums[3] += weight * x[i];
      sums[4] += weight * x[i] * x[i];
      double side = outcome[i] ? z : -z;
      sums[5] += side < 0 ? side - Math.log1p(Math.exp(side)) : -Math.log1p(Math.exp(-side));
    }
  }

  private static double probability(double z) {
    return 1 / (1 + Math.exp(-z));
  }

  private static boolean isSeparated(double[] x, boolean[] outcome) {
    double leastYes = Double.POSITIVE_INFINITY;
    double mostYes = Double.NEGATIVE_INFINITY;
    double leastNo = Double.POSITIVE_INFINITY;
    double mostNo = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < x.length; i++) {
      if (!Double.isFinite(x[i])) {
        throw new IllegalArgumentException("x = " + x[i]);
      }
      if (outcome[i]) {
        leastYes = Math.min(leastYes, x[i]);
        mostYes = Math.max(mostYes, x[i]);
      } else {
        leastNo = Math.min(leastNo, x[i]);
        mostNo = Math.max(mostNo, x[i]);
      }
    }
    return leastYes >= mostNo || leastNo >= mostYes;
  }

  private static double nullLogLikelihood(boolean[] outcome) {
    double yes = 0;
    for (boolean each : outcome) {
      yes += each ? 1 : 0;
    }
    double share = yes / outcome.length;
    return yes * Math.log(share) + (outcome.length - yes) * Math.log(1 - share);
  }

  /** The probability at a value. */
  public double at(double x) {
    return probability(intercept + slope * x);
  }

  /** The value at which the probability is one half. */
  public double midpoint() {
    return -intercept / slope;
  }

  /** Standard error of the midpoint, by the delta method. */
  public double midpointError() {
    double middle = midpoint();
    double variance = interceptVariance + 2 * middle * covariance + middle * middle * slopeVariance;
    return Math.sqrt(variance) / Math.abs(slope);
  }

  /** The midpoint with its interval by the delta method. */
  public Estimate midpoint(double level, String unit) {
    double half = Normal.twoSided(level) * midpointError();
    return Interval.around(midpoint(), half).about(midpoint(), level, unit);
  }

  /** The slope with Wald's interval. */
  public Estimate slope(double level, String unit) {
    double half = Normal.twoSided(level) * Math.sqrt(slopeVariance);
    return Interval.around(slope, half).about(slope, level, unit);
  }

  /** McFadden's 1 − log-likelihood over that of one probability for all. */
  public double mcFadden() {
    return 1 - logLikelihood / nullLogLikelihood;
  }
}
