package dev.loupe.statistics;

/**
 * Intervals for the difference of two proportions on the same items, first minus second. {@link
 * #NEWCOMBE_10} is the one that Loupe prints.
 */
public enum PairedInterval {
  /**
   * Square-and-add of two Wilson intervals with the correlation φ, its numerator less n/2 (Newcombe
   * 1998, paired, method 10).
   */
  NEWCOMBE_10("Newcombe 10") {
    @Override
    Interval raw(Pairs pairs, double level) {
      return squareAndAdd(pairs, correctedCorrelation(pairs), level);
    }
  },
  /** Likewise with φ as it is (Newcombe 1998, paired, method 8). */
  NEWCOMBE_8("Newcombe 8") {
    @Override
    Interval raw(Pairs pairs, double level) {
      return squareAndAdd(pairs, correlation(pairs), level);
    }
  },
  /** The score interval (Tango 1998). */
  TANGO("Tango score") {
    @Override
    Interval raw(Pairs pairs, double level) {
      double z = Normal.twoSided(level);
      return new Interval(-tangoUpper(pairs.swapped(), z * z), tangoUpper(pairs, z * z));
    }
  },
  /** Wald's with one item added to each discordant cell (Bonett and Price 2012). */
  BONETT_PRICE("Bonett-Price") {
    @Override
    Interval raw(Pairs pairs, double level) {
      double n = pairs.items() + 2.0;
      double difference = ((double) pairs.firstOnly() - pairs.secondOnly()) / n;
      double error = Math.sqrt((pairs.discordant() + 2) / n - difference * difference);
      return Interval.around(difference, Normal.twoSided(level) * error / Math.sqrt(n));
    }
  },
  /** Standard errors of the mean of the differences (Miller 2024); undefined for one item. */
  MILLER("Miller, standard error of differences") {
    @Override
    Interval raw(Pairs pairs, double level) {
      return pairs.items() == 1
          ? Interval.undefined()
          : Interval.around(
              pairs.difference(), Normal.twoSided(level) * millerStandardError(pairs));
    }
  },
  /** Likewise with the variance over n: too narrow for few discordant items, never a default. */
  WALD("Wald") {
    @Override
    Interval raw(Pairs pairs, double level) {
      return Interval.around(
          pairs.difference(), Normal.twoSided(level) * Math.sqrt(variance(pairs) / pairs.items()));
    }
  };

  private final String label;

  PairedInterval(String label) {
    this.label = label;
  }

  /** Its name for people. */
  public String label() {
    return label;
  }

  /**
   * The interval of the first share minus the second, within −1 and 1.
   *
   * @param level coverage, such as 0.95
   */
  public final Interval of(Pairs pairs, double level) {
    return raw(pairs, level).within(-1, 1);
  }

  /** As {@link #of}, with the difference it belongs to. */
  public final Estimate estimate(Pairs pairs, double level) {
    return of(pairs, level)
        .about(pairs.difference(), level, "paired difference of shares, " + label);
  }

  /** Before it is cut at −1 and 1. */
  abstract Interval raw(Pairs pairs, double level);

  /** The standard error of the mean difference, over n − 1; NaN for one item. */
  public static double millerStandardError(Pairs pairs) {
    return Math.sqrt(variance(pairs) / (pairs.items() - 1));
  }

  /** The correlation φ of the two outcomes, 0 where one of them never varies. */
  static double correlation(Pairs pairs) {
    return overMargins(pairs, product(pairs));
  }

  /** φ with its numerator drawn towards zero by n/2 where it is positive. */
  static double correctedCorrelation(Pairs pairs) {
    double product = product(pairs);
    double half = pairs.items() / 2.0;
    return overMargins(pairs, product > 0 ? Math.max(0, product - half) : product);
  }

  private static double product(Pairs pairs) {
    return (double) pairs.both() * pairs.neither()
        - (double) pairs.firstOnly() * pairs.secondOnly();
  }

  private static double overMargins(Pairs pairs, double numerator) {
    Counts first = pairs.first();
    Counts second = pairs.second();
    double one = Math.sqrt((double) first.successes() * first.failures());
    double two = Math.sqrt((double) second.successes() * second.failures());
    return one == 0 || two == 0 ? 0 : numerator / one / two;
  }

  private static double variance(Pairs pairs) {
    double difference = pairs.difference();
    return (double) pairs.discordant() / pairs.items() - difference * difference;
  }

  private static Interval squareAndAdd(Pairs pairs, double correlation, double level) {
    double first = pairs.first().share();
    double second = pairs.second().share();
    Interval one = ProportionInterval.WILSON.of(pairs.first(), level);
    Interval two = ProportionInterval.WILSON.of(pairs.second(), level);
    return new Interval(
        pairs.difference() - side(first - one.low(), two.high() - second, correlation),
        pairs.difference() + side(second - two.low(), one.high() - first, correlation));
  }

  private static double side(double one, double two, double correlation) {
    // At a correlation of 1 this is a square, and rounding may leave less than zero.
    return Math.sqrt(Math.max(0, one * one - 2 * correlation * one * two + two * two));
  }

  private static double tangoUpper(Pairs pairs, double limit) {
    double observed = pairs.difference();
    return observed == 1
        ? 1
        : Bisection.firstWhere(observed, 1, tried -> tango(pairs, tried) > limit);
  }

  /** The squared z of a difference, with the shares that are most likely under it. */
  private static double tango(Pairs pairs, double difference) {
    double n = pairs.items();
    double b = pairs.firstOnly();
    double c = pairs.secondOnly();
    double linear = (2 * n - b + c) * difference - b - c;
    double constant = -c * difference * (1 - difference);
    double root = Math.sqrt(Math.max(0, linear * linear - 8 * n * constant));
    // The greater root, in the form whose difference does not cancel.
    double secondOnly = linear > 0 ? -2 * constant / (linear + root) : (root - linear) / (4 * n);
    double variance = n * (2 * secondOnly + difference * (1 - difference));
    double distance = b - c - n * difference;
    if (!(variance > 0)) {
      return distance == 0 ? 0 : Double.POSITIVE_INFINITY;
    }
    return distance * distance / variance;
  }
}
