package dev.loupe.instrument.influence;

import dev.loupe.statistics.Bootstrap;
import dev.loupe.statistics.Estimate;
import dev.loupe.statistics.Interval;
import dev.loupe.statistics.RankCorrelation;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * The linear datamodelling score (Park et al. 2023, §2.2): for each query Spearman's correlation,
 * over random subsets, of the sum of scores of the documents that were kept and the loss after
 * training on them, negated; and the mean over queries.
 */
final class DataModelScore {
  private static final int RESAMPLES = 1000;

  private final double[][] predicted;
  private final double[][] losses;

  /**
   * @param scores {@code [query][document]}
   * @param losses {@code [subset][query]}
   */
  DataModelScore(double[][] scores, List<BitSet> kept, double[][] losses) {
    this.losses = losses;
    this.predicted = new double[scores.length][];
    for (int q = 0; q < scores.length; q++) {
      double[] here = scores[q];
      predicted[q] =
          kept.stream()
              .mapToDouble(each -> each.stream().mapToDouble(n -> here[n]).sum())
              .toArray();
    }
  }

  /** Of one query over some subsets; 0 where the scores tell nothing apart. */
  private double of(int query, int[] subsets) {
    double[] x = Arrays.stream(subsets).mapToDouble(s -> predicted[query][s]).toArray();
    double[] y = Arrays.stream(subsets).mapToDouble(s -> -losses[s][query]).toArray();
    double found = RankCorrelation.spearman(x, y, 0.95).value();
    return Double.isNaN(found) ? 0 : found;
  }

  /** Of each query, over all subsets. */
  double[] byQuery() {
    int[] all = IntStream.range(0, losses.length).toArray();
    return IntStream.range(0, predicted.length).mapToDouble(q -> of(q, all)).toArray();
  }

  /**
   * The mean over queries; the interval is the percentile bootstrap in which queries and subsets
   * are both drawn again (the pigeonhole bootstrap of Owen 2007).
   */
  Estimate mean(double level, long seed) {
    double mean = Arrays.stream(byQuery()).average().orElse(0);
    int queries = predicted.length;
    Random random = new Random(seed);
    double[] drawn =
        Bootstrap.resample(
            losses.length,
            RESAMPLES,
            seed,
            subsets ->
                IntStream.range(0, queries)
                    .mapToDouble(_ -> of(random.nextInt(queries), subsets))
                    .average()
                    .orElse(0));
    Interval interval = Bootstrap.percentile(drawn, level);
    return new Estimate(
        mean,
        interval.low(),
        interval.high(),
        level,
        "mean Spearman, %d questions × %d subsets".formatted(queries, losses.length));
  }
}
