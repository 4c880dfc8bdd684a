package dev.loupe.statistics;

/** Shares of a count: the interval that Loupe prints, and exact limits to one side. */
public final class Proportion {
  private Proportion() {}

  /**
   * The share of successes with its Wilson score interval (Wilson 1927), which stays within 0 and
   * 1. {@link ProportionInterval} has the other methods.
   *
   * @param level coverage, such as 0.95
   * @throws IllegalArgumentException if there are no trials, or the counts or the level make no
   *     sense
   */
  public static Estimate wilson(long successes, long trials, double level) {
    return ProportionInterval.WILSON.estimate(new Counts(successes, trials), level);
  }

  /**
   * What the share is above, with this confidence, by the exact binomial: 0 at no success.
   *
   * @param level confidence of the one side, such as 0.95
   */
  public static double exactLowerLimit(Counts counts, double level) {
    return ProportionInterval.exactLower(counts, 2 * Normal.tail(level));
  }

  /**
   * What the share is below, with this confidence, by the exact binomial; at 0 of n about 3/n for
   * 95% (the rule of three).
   *
   * @param level confidence of the one side, such as 0.95
   */
  public static double exactUpperLimit(Counts counts, double level) {
    return ProportionInterval.exactUpper(counts, 2 * Normal.tail(level));
  }
}
