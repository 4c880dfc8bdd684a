package dev.loupe.statistics;

/**
 * What a method does at a true share, by sums over the binomial; nothing is simulated.
 *
 * @param coverage the probability that the interval contains the share, ends included
 * @param meanWidth its expected width, not cut at 0 and 1
 * @param leavesUnitInterval the probability that the formula goes below 0 or above 1
 * @param noWidth the probability that the interval is a point
 */
public record Coverage(
    double coverage, double meanWidth, double leavesUnitInterval, double noWidth) {
  private static final int MOST_TRIALS = 1_000_000;

  /**
   * Sums over all results of n trials.
   *
   * @param trials at most a million
   * @param share the true one
   */
  public static Coverage of(ProportionInterval method, int trials, double share, double level) {
    if (trials < 1 || trials > MOST_TRIALS || !(share >= 0 && share <= 1)) {
      throw new IllegalArgumentException(trials + " trials at a share of " + share);
    }
    double covers = 0;
    double width = 0;
    double leaves = 0;
    double noWidth = 0;
    for (int successes = 0; successes <= trials; successes++) {
      double probability = Beta.binomial(successes, trials, share);
      Counts counts = new Counts(successes, trials);
      Interval interval = method.uncut(counts, level);
      covers += interval.contains(share) ? probability : 0;
      width += probability * interval.width();
      leaves += interval.low() < 0 || interval.high() > 1 ? probability : 0;
      noWidth += interval.width() == 0 ? probability : 0;
    }
    return new Coverage(covers, width, leaves, noWidth);
  }
}
