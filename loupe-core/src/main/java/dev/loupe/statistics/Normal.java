package dev.loupe.statistics;

import org.apache.commons.statistics.distribution.NormalDistribution;

/** The standard normal distribution. */
public final class Normal {
  private static final NormalDistribution STANDARD = NormalDistribution.of(0, 1);

  private Normal() {}

  /** The z for which {@code level} of the distribution lies within −z and z. */
  public static double twoSided(double level) {
    return STANDARD.inverseSurvivalProbability(tail(level));
  }

  /**
   * What a two-sided level leaves on each side.
   *
   * @throws IllegalArgumentException if the level is not between 0 and 1
   */
  static double tail(double level) {
    if (!(level > 0 && level < 1)) {
      throw new IllegalArgumentException("level " + level + " is not between 0 and 1");
    }
    return (1 - level) / 2;
  }

  /** The probability of a value below z. */
  static double below(double z) {
    return STANDARD.cumulativeProbability(z);
  }

  /** The probability of a value above z, precise in the tail. */
  public static double above(double z) {
    return STANDARD.survivalProbability(z);
  }

  /** The z below which a value lies with this probability. */
  static double quantile(double probability) {
    return STANDARD.inverseCumulativeProbability(probability);
  }

  /** The probability of a value at least as far from zero as z. */
  public static double twoSidedP(double z) {
    return Math.min(1, 2 * above(Math.abs(z)));
  }
}
