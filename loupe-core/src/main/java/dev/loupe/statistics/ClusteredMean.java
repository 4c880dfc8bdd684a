package dev.loupe.statistics;

import java.util.Arrays;

/**
 * The mean of scores that come in clusters, such as several questions on one text, with the
 * standard errors of Miller 2024 (arXiv:2411.00640). Scores of one cluster resemble each other, and
 * an error that takes them for independent is too small.
 *
 * @param scores how many
 * @param clusters how many
 * @param mean of the scores
 * @param independentError its standard error if all were independent (eq. 1); NaN for one score
 * @param bernoulliError √(p(1 − p)/n); NaN where a score is neither 0 nor 1
 * @param equation4Error clustered by eq. 4: the sum over pairs added to the independent variance
 * @param clusterError clustered by appendix A: all pairs over n² (CR0)
 * @param correctedError the latter · √(C/(C − 1)), as Inspect and statsmodels have it; NaN for one
 *     cluster
 */
public record ClusteredMean(
    int scores,
    int clusters,
    double mean,
    double independentError,
    double bernoulliError,
    double equation4Error,
    double clusterError,
    double correctedError) {

  /**
   * Measures it.
   *
   * @param scores {@code [n]}
   * @param cluster {@code [n]}, a number from 0 for each score's cluster
   * @throws IllegalArgumentException if there is no score or the lengths differ
   */
  public static ClusteredMean of(double[] scores, int[] cluster) {
    int n = scores.length;
    if (n == 0 || cluster.length != n) {
      throw new IllegalArgumentException(n + " scores in " + cluster.length + " clusters");
    }
    double mean = Arrays.stream(scores).sum() / n;
    int numbers = Arrays.stream(cluster).max().orElseThrow() + 1;
    double[] sums = new double[numbers];
    boolean[] used = new boolean[numbers];
    double squares = 0;
    for (int i = 0; i < n; i++) {
      double away = scores[i] - mean;
      squares += away * away;
      sums[cluster[i]] += away;
      used[cluster[i]] = true;
    }
    int clusters = 0;
    double together = 0;
    for (int i = 0; i < numbers; i++) {
      clusters += used[i] ? 1 : 0;
      together += sums[i] * sums[i];
    }
    double square = (double) n * n;
    double independent = n > 1 ? squares / (n - 1.0) / n : Double.NaN;
    boolean binary = Arrays.stream(scores).allMatch(score -> score == 0 || score == 1);
    return new ClusteredMean(
        n,
        clusters,
        mean,
        Math.sqrt(independent),
        binary ? Math.sqrt(mean * (1 - mean) / n) : Double.NaN,
        Math.sqrt(Math.max(0, independent + (together - squares) / square)),
        Math.sqrt(together) / n,
        clusters > 1 ? Math.sqrt(together / square * clusters / (clusters - 1.0)) : Double.NaN);
  }

  /** How many times the variance is that of independent scores; NaN where they do not vary. */
  public double designEffect() {
    double variance = independentError * independentError;
    return variance > 0 ? correctedError * correctedError / variance : Double.NaN;
  }

  /** As many independent scores would say as much; NaN where the clusters do not vary. */
  public double effectiveScores() {
    double variance = correctedError * correctedError;
    return variance > 0 ? scores * independentError * independentError / variance : Double.NaN;
  }

  /**
   * The mean with Student's interval of the corrected error, C − 1 degrees of freedom, undefined
   * for one cluster.
   *
   * @param level coverage, such as 0.95
   */
  public Interval interval(double level) {
    return clusters > 1
        ? Interval.around(mean, Beta.studentTwoSided(level, clusters - 1.0) * correctedError)
        : Interval.undefined();
  }

  /** Likewise of the normal distribution, too narrow for few clusters. */
  public Interval normalInterval(double level) {
    return clusters > 1
        ? Interval.around(mean, Normal.twoSided(level) * correctedError)
        : Interval.undefined();
  }
}
