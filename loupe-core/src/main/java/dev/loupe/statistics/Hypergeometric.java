package dev.loupe.statistics;

import java.util.function.DoublePredicate;

/**
 * All two-by-two tables with the margins of one, weighted by an odds ratio (Fisher's noncentral
 * hypergeometric distribution). Weights come from their ratios, walking away from the most probable
 * table until they no longer count, so that a sum costs some tens of standard deviations whatever
 * the counts are.
 */
final class Hypergeometric {
  /** Relative to the most probable table; what lies beyond is below the digits of a double. */
  private static final double NEGLIGIBLE = 1e-40;

  /** Tables so near in probability count as equally probable, as in R and SciPy. */
  private static final double EQUAL = 1 + 1e-7;

  private static final double WIDEST_LOG_ODDS = 80;

  private final double observed;
  private final double first;
  private final double second;
  private final double successes;
  private final double least;
  private final double most;

  Hypergeometric(Counts one, Counts two) {
    observed = one.successes();
    first = one.trials();
    second = two.trials();
    successes = (double) one.successes() + two.successes();
    least = Math.max(0, successes - second);
    most = Math.min(first, successes);
  }

  /** Sums under one odds ratio: the probabilities at and on both sides of the observed table. */
  private record Sums(double below, double at, double above, double mean) {}

  /** Fisher's two-sided p-value. */
  double twoSided() {
    double[] total = new double[2];
    double limit = weightOfObserved() * EQUAL;
    walk(
        1,
        (_, weight) -> {
          total[0] += weight;
          total[1] += weight <= limit ? weight : 0;
        });
    return Math.min(1, total[1] / total[0]);
  }

  /** The conditional maximum-likelihood odds ratio; NaN if there is only this table. */
  double oddsRatio() {
    if (least == most) {
      return Double.NaN;
    }
    if (observed == least || observed == most) {
      return observed == least ? 0 : Double.POSITIVE_INFINITY;
    }
    return solve(odds -> sums(odds).mean() >= observed);
  }

  /** The exact limits of the odds ratio. */
  Interval limits(double level) {
    double tail = Normal.tail(level);
    double low =
        observed == least ? 0 : solve(odds -> sums(odds).above() + sums(odds).at() >= tail);
    double high =
        observed == most
            ? Double.POSITIVE_INFINITY
            : solve(odds -> sums(odds).below() + sums(odds).at() <= tail);
    return new Interval(low, high);
  }

  private static double solve(DoublePredicate holds) {
    return Bisection.firstWhere(Math.exp(-WIDEST_LOG_ODDS), Math.exp(WIDEST_LOG_ODDS), holds);
  }

  private Sums sums(double odds) {
    double[] sum = new double[4];
    walk(
        odds,
        (k, weight) -> {
          sum[k < observed ? 0 : k == observed ? 1 : 2] += weight;
          sum[3] += weight * (k - observed);
        });
    double all = sum[0] + sum[1] + sum[2];
    return new Sums(sum[0] / all, sum[1] / all, sum[2] / all, observed + sum[3] / all);
  }

  private double weightOfObserved() {
    double[] found = new double[1];
    walk(1, (k, weight) -> found[0] += k == observed ? weight : 0);
    return found[0];
  }

  /** Takes one table and its weight relative to the most probable one. */
  @FunctionalInterface
  private interface Table {
    void take(double k, double weight);
  }

  private void walk(double odds, Table table) {
    double mode = mode(odds);
    table.take(mode, 1);
    double weight = 1;
    for (double k = mode; k < most; k++) {
      weight *= rise(k, odds);
      if (weight < NEGLIGIBLE) {
        break;
      }
      table.take(k + 1, weight);
    }
    weight = 1;
    for (double k = mode; k > least; k--) {
      weight /= rise(k - 1, odds);
      if (weight < NEGLIGIBLE) {
        break;
      }
      table.take(k - 1, weight);
    }
  }

  /** The weight of k + 1 over that of k. */
  private double rise(double k, double odds) {
    return odds * (first - k) / (k + 1) * ((successes - k) / (second - successes + k + 1));
  }

  private double mode(double odds) {
    double low = least;
    double high = most;
    while (low < high) {
      double middle = Math.floor((low + high) / 2);
      if (rise(middle, odds) > 1) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
