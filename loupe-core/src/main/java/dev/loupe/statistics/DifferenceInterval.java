package dev.loupe.statistics;

/**
 * Intervals for the difference of two proportions of independent trials, first minus second. {@link
 * #NEWCOMBE} is the one that Loupe prints.
 */
public enum DifferenceInterval {
  /** The hybrid score interval: square-and-add of two Wilson intervals (Newcombe 1998, no. 10). */
  NEWCOMBE("Newcombe hybrid score") {
    @Override
    Interval raw(Counts first, Counts second, double level) {
      return hybrid(ProportionInterval.WILSON, first, second, level);
    }
  },
  /** Likewise of Wilson intervals with the correction for continuity (Newcombe 1998, no. 11). */
  NEWCOMBE_CONTINUITY("Newcombe, continuity corrected") {
    @Override
    Interval raw(Counts first, Counts second, double level) {
      return hybrid(ProportionInterval.WILSON_CONTINUITY, first, second, level);
    }
  },
  /** The score interval with variance · N/(N − 1) (Miettinen and Nurminen 1985). */
  MIETTINEN_NURMINEN("Miettinen-Nurminen") {
    @Override
    Interval raw(Counts first, Counts second, double level) {
      double all = (double) first.trials() + second.trials();
      return ScoreDifference.interval(first, second, level, all / (all - 1));
    }
  },
  /** The score interval without that factor (Mee 1984). */
  MEE("Mee") {
    @Override
    Interval raw(Counts first, Counts second, double level) {
      return ScoreDifference.interval(first, second, level, 1);
    }
  },
  /** Wald's with one success and one failure added on each side (Agresti and Caffo 2000). */
  AGRESTI_CAFFO("Agresti-Caffo") {
    @Override
    Interval raw(Counts first, Counts second, double level) {
      return wald(
          first.successes() + 1.0,
          first.trials() + 2.0,
          second.successes() + 1.0,
          second.trials() + 2.0,
          level);
    }
  },
  /** Standard errors to each side: too narrow for small counts, never a default. */
  WALD("Wald") {
    @Override
    Interval raw(Counts first, Counts second, double level) {
      return wald(
          (double) first.successes(),
          (double) first.trials(),
          (double) second.successes(),
          (double) second.trials(),
          level);
    }
  };

  private final String label;

  DifferenceInterval(String label) {
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
  public final Interval of(Counts first, Counts second, double level) {
    return raw(first, second, level).within(-1, 1);
  }

  /** As {@link #of}, with the difference it belongs to. */
  public final Estimate estimate(Counts first, Counts second, double level) {
    return of(first, second, level)
        .about(first.share() - second.share(), level, "difference of shares, " + label);
  }

  /** Before it is cut at −1 and 1. */
  abstract Interval raw(Counts first, Counts second, double level);

  private static Interval hybrid(
      ProportionInterval method, Counts first, Counts second, double level) {
    return squareAndAdd(
        first.share(), method.of(first, level), second.share(), method.of(second, level));
  }

  /** The difference of two values from an interval of each. */
  static Interval squareAndAdd(double first, Interval one, double second, Interval two) {
    double difference = first - second;
    return new Interval(
        difference - Math.hypot(first - one.low(), two.high() - second),
        difference + Math.hypot(second - two.low(), one.high() - first));
  }

  private static Interval wald(double x1, double n1, double x2, double n2, double level) {
    double one = x1 / n1;
    double two = x2 / n2;
    double error = Math.sqrt(one * (1 - one) / n1 + two * (1 - two) / n2);
    return Interval.around(one - two, Normal.twoSided(level) * error);
  }
}
