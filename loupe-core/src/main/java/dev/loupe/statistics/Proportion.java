package dev.loupe.statistics;

/** Shares of a count, with the Wilson score interval (Wilson 1927), which stays within 0 and 1. */
public final class Proportion {
  private Proportion() {}

  /**
   * The share of successes with its interval.
   *
   * @param level coverage, such as 0.95
   * @throws IllegalArgumentException if there are no trials, or the counts or the level make no
   *     sense
   */
  public static Estimate wilson(long successes, long trials, double level) {
    if (trials < 1 || successes < 0 || successes > trials) {
      throw new IllegalArgumentException(successes + " successes in " + trials + " trials");
    }
    double share = (double) successes / trials;
    double z = Normal.twoSided(level);
    double shrink = 1 + z * z / trials;
    double middle = (share + z * z / (2 * trials)) / shrink;
    double variance = share * (1 - share) / trials + z * z / (4.0 * trials * trials);
    double half = z / shrink * Math.sqrt(variance);
    double low = successes == 0 ? 0 : middle - half;
    double high = successes == trials ? 1 : middle + half;
    return new Estimate(share, low, high, level, successes + " of " + trials + ", Wilson");
  }
}
