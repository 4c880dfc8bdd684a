package dev.loupe.statistics;

/**
 * The score interval of a difference: all differences that the z-test with the restricted
 * likelihood's variance does not reject. The restricted estimate is found by bisection of the
 * score; the closed form of Farrington and Manning (1990) loses half of the digits where two roots
 * of its cubic meet.
 */
final class ScoreDifference {
  private ScoreDifference() {}

  static Interval interval(Counts first, Counts second, double level, double factor) {
    double failures = (double) first.failures() + second.failures();
    if (failures < (double) first.successes() + second.successes()) {
      // The same question of failures: shares near 1 have too few digits left below it.
      return interval(second.reversed(), first.reversed(), level, factor);
    }
    double z = Normal.twoSided(level);
    double high = upper(first, second, z * z, factor);
    return new Interval(-upper(second, first, z * z, factor), high);
  }

  /** The greatest difference that is not rejected. */
  private static double upper(Counts first, Counts second, double limit, double factor) {
    double observed = first.share() - second.share();
    if (observed == 1) {
      return 1;
    }
    return Bisection.firstWhere(
        observed, 1, tried -> statistic(first, second, tried, factor) > limit);
  }

  private static double statistic(Counts first, Counts second, double difference, double factor) {
    double p2 = restricted(first, second, difference);
    double p1 = p2 + difference;
    double variance = factor * (p1 * (1 - p1) / first.trials() + p2 * (1 - p2) / second.trials());
    double distance = first.share() - second.share() - difference;
    if (!(variance > 0)) {
      return distance == 0 ? 0 : Double.POSITIVE_INFINITY;
    }
    return distance * distance / variance;
  }

  /** The second share that is most likely when the first is greater by {@code difference}. */
  private static double restricted(Counts first, Counts second, double difference) {
    return Bisection.firstWhere(
        Math.max(0, -difference),
        Math.min(1, 1 - difference),
        p -> slope(first, p + difference) + slope(second, p) <= 0);
  }

  /** The slope of the log-likelihood. */
  private static double slope(Counts counts, double p) {
    double up = 0;
    if (counts.successes() > 0) {
      up = p > 0 ? counts.successes() / p : Double.POSITIVE_INFINITY;
    }
    double down = 0;
    if (counts.failures() > 0) {
      down = p < 1 ? counts.failures() / (1 - p) : Double.POSITIVE_INFINITY;
    }
    // Where both are infinite the bounds leave a single point.
    return Double.isInfinite(up) && Double.isInfinite(down) ? 0 : up - down;
  }
}
