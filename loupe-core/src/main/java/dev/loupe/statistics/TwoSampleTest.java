package dev.loupe.statistics;

/** Whether two proportions of independent trials differ. */
public final class TwoSampleTest {
  private TwoSampleTest() {}

  /**
   * A statistic and how probable one as extreme is when the shares are the same.
   *
   * @param statistic NaN where both samples are all successes or all failures
   * @param p two-sided
   */
  public record Result(double statistic, double p) {}

  /** The z-test with the pooled share, without a correction; its square is Pearson's χ². */
  public static Result pooledZ(Counts first, Counts second) {
    double n1 = first.trials();
    double n2 = second.trials();
    double pooled = (first.successes() + (double) second.successes()) / (n1 + n2);
    double variance = pooled * (1 - pooled) * (1 / n1 + 1 / n2);
    if (!(variance > 0)) {
      return new Result(Double.NaN, 1);
    }
    double z = (first.share() - second.share()) / Math.sqrt(variance);
    return new Result(z, Normal.twoSidedP(z));
  }

  /**
   * Fisher's exact test, two-sided by probability: the sum over all tables with these margins that
   * are at most as probable as this one. Tables within 1e-7 of it, relatively, count as equal.
   */
  public static double fisher(Counts first, Counts second) {
    return new Hypergeometric(first, second).twoSided();
  }
}
