package dev.loupe.statistics;

/**
 * A share of trials that come in clusters, such as several attempts at one item or several items
 * about one text. Its interval is Wilson's at as many trials as the clustered ones are worth.
 *
 * @param counts of all clusters together
 * @param clusters with at least one trial
 * @param error standard error by the sums of the clusters, · √(C/(C − 1)) (Miller 2024, appendix A,
 *     as Inspect and statsmodels correct it); NaN for one cluster
 */
public record ClusteredShare(Counts counts, int clusters, double error) {
  /**
   * Measures it.
   *
   * @param successes {@code [clusters]}
   * @param trials {@code [clusters]}; a cluster without any is left out
   */
  public static ClusteredShare of(long[] successes, long[] trials) {
    Counts counts = new Counts(sum(successes), sum(trials));
    double squares = 0;
    int clusters = 0;
    for (int i = 0; i < trials.length; i++) {
      double away = away(successes, trials, i, counts);
      squares += away * away;
      clusters += trials[i] > 0 ? 1 : 0;
    }
    return new ClusteredShare(counts, clusters, error(squares, clusters));
  }

  /**
   * How many times the variance is that of independent trials; NaN where it cannot be told: one
   * cluster, or all trials alike.
   */
  public double designEffect() {
    double independent = counts.share() * (1 - counts.share()) / (counts.trials() - 1);
    return independent > 0 ? error * error / independent : Double.NaN;
  }

  /**
   * As many independent trials would say as much: never more than the trials. Where the design
   * effect cannot be told it is one a cluster, the least that the clusters can be worth.
   */
  public double effectiveTrials() {
    double effect = designEffect();
    return Double.isNaN(effect) ? clusters : Math.max(1, counts.trials() / Math.max(1, effect));
  }

  /** The share with Wilson's interval at the effective trials. */
  public Estimate estimate(double level) {
    return interval(level)
        .about(
            counts.share(),
            level,
            counts.successes()
                + " of "
                + counts.trials()
                + " in "
                + clusters
                + " clusters, Wilson at the effective number of trials");
  }

  private Interval interval(double level) {
    double trials = effectiveTrials();
    Interval interval =
        ProportionInterval.wilson(counts.share() * trials, trials, Normal.twoSided(level));
    return new Interval(
        counts.successes() == 0 ? 0 : interval.low(),
        counts.failures() == 0 ? 1 : Math.min(1, interval.high()));
  }

  /**
   * A difference of two shares whose clusters may be the same ones, and the same trials.
   *
   * @param estimate first minus second, with Student's interval of the clustered error; where no
   *     cluster varies, square-and-add of the two shares' own intervals
   * @param p two-sided; where no cluster varies, Fisher's of one trial a cluster
   * @param clusters of both together
   */
  public record Difference(Estimate estimate, double p, int clusters) {}

  /**
   * Compares two shares; entry i of all four arrays belongs to one cluster. Trials of a cluster may
   * depend on each other in any way, within one side and across: with the same items on both sides
   * this is the clustered error of the paired differences.
   */
  public static Difference difference(
      long[] successes, long[] trials, long[] otherSuccesses, long[] otherTrials, double level) {
    ClusteredShare one = of(successes, trials);
    ClusteredShare two = of(otherSuccesses, otherTrials);
    double squares = 0;
    int clusters = 0;
    for (int i = 0; i < trials.length; i++) {
      double away =
          away(successes, trials, i, one.counts) - away(otherSuccesses, otherTrials, i, two.counts);
      squares += away * away;
      clusters += trials[i] + otherTrials[i] > 0 ? 1 : 0;
    }
    double difference = one.counts.share() - two.counts.share();
    double error = error(squares, clusters);
    if (!(error > 0)) {
      return unvarying(one, two, clusters, level);
    }
    double degrees = clusters - 1.0;
    Interval interval =
        Interval.around(difference, Beta.studentTwoSided(level, degrees) * error).within(-1, 1);
    return new Difference(
        interval.about(difference, level, "difference of shares, clustered error, Student"),
        Beta.studentTwoSidedP(difference / error, degrees),
        clusters);
  }

  private static Difference unvarying(
      ClusteredShare one, ClusteredShare two, int clusters, double level) {
    double difference = one.counts.share() - two.counts.share();
    Interval first = one.interval(level);
    Interval second = two.interval(level);
    return new Difference(
        DifferenceInterval.squareAndAdd(one.counts.share(), first, two.counts.share(), second)
            .within(-1, 1)
            .about(difference, level, "difference of shares, square-and-add of the clusters"),
        TwoSampleTest.fisher(one.perCluster(), two.perCluster()),
        clusters);
  }

  private Counts perCluster() {
    return new Counts(Math.round(counts.share() * clusters), clusters);
  }

  /** What a cluster adds to the share's error. */
  private static double away(long[] successes, long[] trials, int cluster, Counts counts) {
    return (successes[cluster] - counts.share() * trials[cluster]) / counts.trials();
  }

  private static double error(double squares, int clusters) {
    return clusters > 1 ? Math.sqrt(squares * clusters / (clusters - 1.0)) : Double.NaN;
  }

  private static long sum(long[] values) {
    long sum = 0;
    for (long value : values) {
      sum += value;
    }
    return sum;
  }
}
