package dev.loupe.instrument.influence;

import dev.loupe.statistics.Estimate;
import dev.loupe.statistics.Normal;
import java.util.Arrays;

/** How heavy the tail of influence is: a power law's exponent (Grosse et al. 2023, §5.2.1). */
final class Tail {
  /** The tail is this share of the documents that have a sign. */
  static final double SHARE = 0.01;

  /** With fewer documents an exponent says nothing. */
  static final int FEWEST = 20;

  private static final double LEVEL = 0.95;

  private Tail() {}

  /**
   * Hill's estimate (1975) of α in {@code P(score > x) ~ x^−α} over the largest hundredth of the
   * positive scores, twenty at least; the interval is the estimate's normal one, with the standard
   * error {@code α / √k}. No number where fewer than twice as many scores are positive.
   */
  static Estimate exponent(double[] scores) {
    double[] positive = Arrays.stream(scores).filter(each -> each > 0).sorted().toArray();
    int many = Math.max(FEWEST, (int) (SHARE * positive.length));
    if (positive.length < 2 * many) {
      return Estimate.exactly(Double.NaN, "too few documents");
    }
    double threshold = positive[positive.length - many - 1];
    double sum = 0;
    for (int i = positive.length - many; i < positive.length; i++) {
      sum += Math.log(positive[i] / threshold);
    }
    double alpha = many / sum;
    double half = Normal.twoSided(LEVEL) * alpha / Math.sqrt(many);
    return new Estimate(
        alpha, alpha - half, alpha + half, LEVEL, "Hill, %d documents".formatted(many));
  }
}
