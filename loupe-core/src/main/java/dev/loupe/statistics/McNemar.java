package dev.loupe.statistics;

import org.apache.commons.statistics.distribution.ChiSquaredDistribution;

/** Whether two systems on the same items differ (McNemar 1947); all p-values are two-sided. */
public final class McNemar {
  private static final ChiSquaredDistribution ONE_DEGREE = ChiSquaredDistribution.of(1);

  private McNemar() {}

  /** By the binomial of the discordant items; 1 if there is none. */
  public static double exact(Pairs pairs) {
    double all = (double) pairs.discordant();
    double fewer = (double) Math.min(pairs.firstOnly(), pairs.secondOnly());
    return all == 0 ? 1 : Math.min(1, 2 * Beta.atMost(fewer, all, 0.5));
  }

  /**
   * The mid-p version, which is less conservative (Fagerland, Lydersen and Laake 2013): the
   * probability of what was observed counts half.
   */
  public static double midP(Pairs pairs) {
    if (pairs.discordant() == 0) {
      return 1;
    }
    double observed = Beta.binomial((double) pairs.firstOnly(), (double) pairs.discordant(), 0.5);
    return pairs.firstOnly() == pairs.secondOnly() ? 1 - observed / 2 : exact(pairs) - observed;
  }

  /** The χ² test; a statistic of NaN and p = 1 if there is no discordant item. */
  public static TwoSampleTest.Result chiSquared(Pairs pairs) {
    return chiSquared(pairs, 0);
  }

  /** Likewise with the correction for continuity (Edwards 1948). */
  public static TwoSampleTest.Result chiSquaredCorrected(Pairs pairs) {
    return chiSquared(pairs, 1);
  }

  private static TwoSampleTest.Result chiSquared(Pairs pairs, int correction) {
    if (pairs.discordant() == 0) {
      return new TwoSampleTest.Result(Double.NaN, 1);
    }
    double apart =
        (double) Math.max(0, Math.abs(pairs.firstOnly() - pairs.secondOnly()) - correction);
    double statistic = apart * apart / pairs.discordant();
    return new TwoSampleTest.Result(statistic, ONE_DEGREE.survivalProbability(statistic));
  }
}
