package dev.loupe.statistics;

/**
 * Intervals for the ratio of two proportions of independent trials, first over second. {@link
 * #KOOPMAN} is the one that Loupe prints: it needs no correction where a count is zero.
 */
public enum RiskRatioInterval {
  /** The score interval (Koopman 1984). */
  KOOPMAN("Koopman score") {
    @Override
    public Interval of(Counts first, Counts second, double level) {
      return score(first, second, level, 1);
    }
  },
  /** The score interval with variance · N/(N − 1) (Miettinen and Nurminen 1985). */
  MIETTINEN_NURMINEN("Miettinen-Nurminen") {
    @Override
    public Interval of(Counts first, Counts second, double level) {
      double all = (double) first.trials() + second.trials();
      return score(first, second, level, all / (all - 1));
    }
  },
  /** Of the logarithm, with one half added to successes and trials (Walter 1975). */
  WALTER("Walter log, one half added") {
    @Override
    public Interval of(Counts first, Counts second, double level) {
      return log(
          first.successes() + 0.5,
          first.trials() + 0.5,
          second.successes() + 0.5,
          second.trials() + 0.5,
          level);
    }
  },
  /** Of the logarithm (Katz 1978): undefined when a count is zero. */
  KATZ("Katz log") {
    @Override
    public Interval of(Counts first, Counts second, double level) {
      return log(
          (double) first.successes(),
          (double) first.trials(),
          (double) second.successes(),
          (double) second.trials(),
          level);
    }
  };

  /** Beyond it, and below its inverse, the squares that the score needs overflow. */
  private static final double GREATEST = 1e100;

  private final String label;

  RiskRatioInterval(String label) {
    this.label = label;
  }

  /** Its name for people. */
  public String label() {
    return label;
  }

  /**
   * The interval of the first share over the second; it may reach to infinity.
   *
   * @param level coverage, such as 0.95
   */
  public abstract Interval of(Counts first, Counts second, double level);

  /** The ratio itself: infinite when only the second count is zero, NaN when both are. */
  public static double value(Counts first, Counts second) {
    return first.share() / second.share();
  }

  private static Interval log(double x1, double n1, double x2, double n2, double level) {
    if (x1 == 0 || x2 == 0) {
      return Interval.undefined();
    }
    double error = Math.sqrt(1 / x1 - 1 / n1 + 1 / x2 - 1 / n2);
    double middle = Math.log(x1 / n1 / (x2 / n2));
    return Interval.around(middle, Normal.twoSided(level) * error).exp();
  }

  private static Interval score(Counts first, Counts second, double level, double factor) {
    double z = Normal.twoSided(level);
    double ratio = value(first, second);
    double low =
        first.successes() == 0
            ? 0
            : Bisection.firstWhere(
                1 / GREATEST,
                Math.min(ratio, GREATEST),
                tried -> statistic(first, second, tried, factor) <= z * z);
    double high =
        second.successes() == 0
            ? Double.POSITIVE_INFINITY
            : Bisection.firstWhere(
                Math.max(ratio, 1 / GREATEST),
                GREATEST,
                tried -> statistic(first, second, tried, factor) > z * z);
    return new Interval(low, high);
  }

  /** The squared z of a ratio, with the shares that are most likely under it. */
  private static double statistic(Counts first, Counts second, double ratio, double factor) {
    double n1 = first.trials();
    double n2 = second.trials();
    double x1 = first.successes();
    double x2 = second.successes();
    double a = (n1 + n2) * ratio;
    double b = n1 * ratio + x1 + n2 + x2 * ratio;
    double root = Math.sqrt(Math.max(0, b * b - 4 * a * (x1 + x2)));
    // The lesser root, from the product of both: their difference would cancel.
    double p2 = Math.min(1, 2 * (x1 + x2) / (b + root));
    double p1 = Math.min(1, p2 * ratio);
    double variance = factor * (p1 * (1 - p1) / n1 + ratio * ratio * p2 * (1 - p2) / n2);
    double distance = first.share() - ratio * second.share();
    if (!(variance > 0)) {
      return distance == 0 ? 0 : Double.POSITIVE_INFINITY;
    }
    return distance * distance / variance;
  }
}
