package dev.loupe.statistics;

/**
 * Intervals for one proportion from counted trials. {@link #WILSON} is the one that Loupe prints;
 * {@link #WALD} is here to be shown beside the others, see docs/statistics.md for how far it fails.
 */
public enum ProportionInterval {
  /** The score interval (Wilson 1927): the shares that a z-test would not reject. */
  WILSON("Wilson") {
    @Override
    Interval raw(Counts counts, double level) {
      return wilson((double) counts.successes(), (double) counts.trials(), Normal.twoSided(level));
    }
  },
  /** Wilson's with the correction for continuity (Newcombe 1998, method 4). */
  WILSON_CONTINUITY("Wilson, continuity corrected") {
    @Override
    Interval raw(Counts counts, double level) {
      double z = Normal.twoSided(level);
      return new Interval(correctedLower(counts, z), 1 - correctedLower(counts.reversed(), z));
    }
  },
  /** The exact interval (Clopper and Pearson 1934): never covers less than its level. */
  CLOPPER_PEARSON("Clopper-Pearson") {
    @Override
    Interval raw(Counts counts, double level) {
      double tail = Normal.tail(level);
      return new Interval(exactLower(counts, tail), exactUpper(counts, tail));
    }
  },
  /**
   * Equal tails of the posterior under Jeffreys' prior, with the ends 0 at no success and 1 at no
   * failure (Brown, Cai and DasGupta 2001).
   */
  JEFFREYS("Jeffreys") {
    @Override
    Interval raw(Counts counts, double level) {
      return JEFFREYS_EQUAL_TAILS.raw(counts, level);
    }
  },
  /** Jeffreys' without the rule for the ends, as statsmodels gives it. */
  JEFFREYS_EQUAL_TAILS("Jeffreys, equal tails") {
    @Override
    Interval raw(Counts counts, double level) {
      double tail = Normal.tail(level);
      double a = counts.successes() + 0.5;
      double b = counts.failures() + 0.5;
      return new Interval(Beta.lower(a, b, tail), Beta.upper(a, b, tail));
    }
  },
  /** Wald's around a share with z² trials added, half of them successes; cut at 0 and 1. */
  AGRESTI_COULL("Agresti-Coull") {
    @Override
    Interval raw(Counts counts, double level) {
      double z = Normal.twoSided(level);
      double trials = counts.trials() + z * z;
      double share = (counts.successes() + z * z / 2) / trials;
      return Interval.around(share, z * Math.sqrt(share * (1 - share) / trials));
    }
  },
  /**
   * Standard errors to each side, cut at 0 and 1. It covers far less than its level for small
   * counts and has no width at 0 of n and n of n: never a default.
   */
  WALD("Wald") {
    @Override
    Interval raw(Counts counts, double level) {
      double share = counts.share();
      return Interval.around(
          share, Normal.twoSided(level) * Math.sqrt(share * (1 - share) / counts.trials()));
    }
  };

  private final String label;

  ProportionInterval(String label) {
    this.label = label;
  }

  /** Its name for people. */
  public String label() {
    return label;
  }

  /**
   * The interval, within 0 and 1.
   *
   * @param level coverage, such as 0.95
   * @throws IllegalArgumentException if the level is not between 0 and 1
   */
  public final Interval of(Counts counts, double level) {
    return uncut(counts, level).within(0, 1);
  }

  /** As {@link #of}, but Wald's and Agresti and Coull's may go below 0 and above 1. */
  public final Interval uncut(Counts counts, double level) {
    Interval raw = raw(counts, level);
    return this == JEFFREYS_EQUAL_TAILS || this == AGRESTI_COULL || this == WALD
        ? raw
        : new Interval(
            counts.successes() == 0 ? 0 : raw.low(), counts.failures() == 0 ? 1 : raw.high());
  }

  /** Whether the formula leaves the unit interval for these counts, and was cut. */
  public final boolean leavesUnitInterval(Counts counts, double level) {
    Interval uncut = uncut(counts, level);
    return uncut.low() < 0 || uncut.high() > 1;
  }

  /** As {@link #of}, with the share it belongs to. */
  public final Estimate estimate(Counts counts, double level) {
    return of(counts, level)
        .about(counts.share(), level, counts.successes() + " of " + counts.trials() + ", " + label);
  }

  abstract Interval raw(Counts counts, double level);

  /** Of any number of trials, such as as many independent ones as clustered ones are worth. */
  static Interval wilson(double x, double n, double z) {
    double root = z * Math.sqrt(z * z + 4 * x * (n - x) / n);
    double sum = 2 * x + z * z + root;
    // The lower root from the product of both: their difference would cancel for small shares.
    return new Interval(2 * x * x / (n * sum), sum / (2 * (n + z * z)));
  }

  private static double correctedLower(Counts counts, double z) {
    if (counts.successes() == 0) {
      return 0;
    }
    double x = counts.successes();
    double n = counts.trials();
    double inside = z * z - 2 - 1 / n + 4 * x * (n - x + 1) / n;
    return Math.max(0, (2 * x + z * z - 1 - z * Math.sqrt(inside)) / (2 * (n + z * z)));
  }

  /** The share at which this many successes or more have the probability {@code tail}. */
  static double exactLower(Counts counts, double tail) {
    if (counts.successes() == 0) {
      return 0;
    }
    return counts.failures() == 0
        ? Math.exp(Math.log(tail) / counts.trials())
        : Beta.lower((double) counts.successes(), counts.failures() + 1.0, tail);
  }

  /** The share at which this many successes or fewer have the probability {@code tail}. */
  static double exactUpper(Counts counts, double tail) {
    if (counts.failures() == 0) {
      return 1;
    }
    return counts.successes() == 0
        ? -Math.expm1(Math.log(tail) / counts.trials())
        : Beta.upper(counts.successes() + 1.0, (double) counts.failures(), tail);
  }
}
