package dev.loupe.statistics;

import org.apache.commons.numbers.gamma.RegularizedBeta;

/**
 * Quantiles of the beta distribution and the binomial sums that it gives, from the incomplete beta
 * function of Commons Numbers. The quantiles are our own search: those of Commons Statistics stop
 * at an absolute error of 1e-9, which is all of a limit such as 3e-12.
 */
final class Beta {
  private Beta() {}

  /** The x below which a value lies with this probability. */
  static double lower(double a, double b, double probability) {
    return Bisection.firstWhere(0, 1, x -> RegularizedBeta.value(x, a, b) >= probability);
  }

  /** The x above which a value lies with this probability. */
  static double upper(double a, double b, double probability) {
    return Bisection.firstWhere(0, 1, x -> RegularizedBeta.complement(x, a, b) <= probability);
  }

  /** The probability of exactly k successes in n trials. */
  static double binomial(double k, double n, double p) {
    if (p == 0 || p == 1) {
      return k == (p == 0 ? 0 : n) ? 1 : 0;
    }
    return RegularizedBeta.derivative(p, k + 1, n - k + 1) / (n + 1);
  }

  /** The probability of at most k successes in n trials. */
  static double atMost(double k, double n, double p) {
    return k >= n ? 1 : RegularizedBeta.complement(p, k + 1, n - k);
  }

  /** The t for which {@code level} of Student's distribution lies within −t and t. */
  static double studentTwoSided(double level, double degreesOfFreedom) {
    double x = lower(degreesOfFreedom / 2, 0.5, 2 * Normal.tail(level));
    return Math.sqrt(degreesOfFreedom * (1 - x) / x);
  }

  /** The probability of a t at least as far from zero in Student's distribution. */
  static double studentTwoSidedP(double t, double degreesOfFreedom) {
    return RegularizedBeta.value(
        degreesOfFreedom / (degreesOfFreedom + t * t), degreesOfFreedom / 2, 0.5);
  }
}
