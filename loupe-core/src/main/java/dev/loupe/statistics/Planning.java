package dev.loupe.statistics;

import java.util.OptionalDouble;

/** How many trials a question needs, and what a number of trials can show. */
public final class Planning {
  /** Enumerating all results of two samples costs the product of their sizes. */
  private static final long MOST_TABLES = 100_000_000L;

  private static final long MOST_TRIALS = Counts.MOST;

  private Planning() {}

  /** Trials for a Wald interval of this full width at a share: the textbook's number. */
  public static double trialsForWaldWidth(double share, double width, double level) {
    double z = Normal.twoSided(level);
    return share * (1 - share) * Math.pow(2 * z / requireWidth(width), 2);
  }

  /** The fewest trials whose Wilson interval is no wider, if the share comes out as expected. */
  public static long trialsForWidth(double share, double width, double level) {
    requireWidth(width);
    if (!(share >= 0 && share <= 1)) {
      throw new IllegalArgumentException("a share of " + share);
    }
    long low = 0;
    long high = 1;
    while (wilsonWidth(share, high, level) > width) {
      low = high;
      high *= 2;
      if (high > MOST_TRIALS) {
        throw new IllegalArgumentException("a width of " + width + " needs too many trials");
      }
    }
    while (high - low > 1) {
      long middle = (low + high) / 2;
      if (wilsonWidth(share, middle, level) <= width) {
        high = middle;
      } else {
        low = middle;
      }
    }
    return high;
  }

  /** The fewest trials whose Wilson interval is no wider whatever comes out. */
  public static long trialsForWidthWhateverComesOut(double width, double level) {
    double z = Normal.twoSided(level);
    // At one half, the worst share, the width is z/√(n + z²); odd numbers of trials miss it barely.
    long trials = Math.max(1, (long) Math.floor(z * z / (requireWidth(width) * width) - z * z) - 3);
    while (!widestIsWithin(width, trials, level) || !widestIsWithin(width, trials + 1, level)) {
      trials++;
    }
    return trials;
  }

  private static boolean widestIsWithin(double width, long trials, double level) {
    long half = trials / 2;
    return wilsonWidth((double) half / trials, trials, level) <= width;
  }

  private static double wilsonWidth(double share, long trials, double level) {
    double z = Normal.twoSided(level);
    double n = trials;
    return 2 * z * Math.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n);
  }

  private static double requireWidth(double width) {
    if (!(width > 0 && width <= 1)) {
      throw new IllegalArgumentException("a width of " + width);
    }
    return width;
  }

  /**
   * The power of the two-sided pooled z-test, by the normal approximation.
   *
   * @param alpha its level, such as 0.05
   */
  public static double power(double p1, double p2, double n1, double n2, double alpha) {
    double pooled = (p1 * n1 + p2 * n2) / (n1 + n2);
    double z = Normal.twoSided(1 - alpha);
    double critical = z * Math.sqrt(pooled * (1 - pooled) * (1 / n1 + 1 / n2));
    double error = Math.sqrt(p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2);
    double apart = Math.abs(p1 - p2);
    return Normal.below((apart - critical) / error) + Normal.below((-apart - critical) / error);
  }

  /** Likewise exactly, by the sum over all results; empty above 100 million of them. */
  public static OptionalDouble exactPower(double p1, double p2, int n1, int n2, double alpha) {
    if ((n1 + 1L) * (n2 + 1L) > MOST_TABLES) {
      return OptionalDouble.empty();
    }
    double z = Normal.twoSided(1 - alpha);
    double[] second = new double[n2 + 1];
    for (int k = 0; k <= n2; k++) {
      second[k] = Beta.binomial(k, n2, p2);
    }
    double power = 0;
    for (int i = 0; i <= n1; i++) {
      double rejected = 0;
      for (int k = 0; k <= n2; k++) {
        double pooled = ((double) i + k) / (n1 + n2);
        double variance = pooled * (1 - pooled) * (1.0 / n1 + 1.0 / n2);
        double apart = (double) i / n1 - (double) k / n2;
        rejected += variance > 0 && Math.abs(apart) / Math.sqrt(variance) > z ? second[k] : 0;
      }
      power += rejected * Beta.binomial(i, n1, p1);
    }
    return OptionalDouble.of(power);
  }

  /** Trials in each of two samples for this power, by the normal approximation. */
  public static double trialsPerGroup(double p1, double p2, double power, double alpha) {
    double pooled = (p1 + p2) / 2;
    double root =
        Normal.twoSided(1 - alpha) * Math.sqrt(2 * pooled * (1 - pooled))
            + Normal.quantile(power) * Math.sqrt(p1 * (1 - p1) + p2 * (1 - p2));
    return Math.pow(root / (p1 - p2), 2);
  }

  /**
   * Items for a paired comparison (Connor 1987).
   *
   * @param discordant the share of items at which one system alone succeeds
   * @param difference of the two shares, at most {@code discordant} in size
   */
  public static double pairedItems(
      double discordant, double difference, double power, double alpha) {
    double root =
        Normal.twoSided(1 - alpha) * Math.sqrt(discordant)
            + Normal.quantile(power) * Math.sqrt(discordant - difference * difference);
    return Math.pow(root / difference, 2);
  }

  /**
   * The variances of a paired comparison of scores (Miller 2024, § 5).
   *
   * @param betweenItems ω², the variance of the expected difference over items
   * @param firstWithin σ²_A, the first system's variance at one item
   * @param secondWithin σ²_B
   * @param firstAnswers K_A, answers per item of the first system
   * @param secondAnswers K_B
   */
  public record Variances(
      double betweenItems,
      double firstWithin,
      double secondWithin,
      int firstAnswers,
      int secondAnswers) {
    private double ofDifference() {
      return betweenItems + firstWithin / firstAnswers + secondWithin / secondAnswers;
    }
  }

  /** Items that show this effect (Miller 2024, eq. 9). */
  public static double items(Variances variances, double effect, double power, double alpha) {
    double z = Normal.twoSided(1 - alpha) + Normal.quantile(power);
    return z * z * variances.ofDifference() / (effect * effect);
  }

  /** The least effect that this many items show (Miller 2024, eq. 10). */
  public static double leastEffect(Variances variances, double items, double power, double alpha) {
    double z = Normal.twoSided(1 - alpha) + Normal.quantile(power);
    return z * Math.sqrt(variances.ofDifference() / items);
  }
}
