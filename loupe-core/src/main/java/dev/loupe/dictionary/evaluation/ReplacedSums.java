package dev.loupe.dictionary.evaluation;

import dev.loupe.dictionary.evaluation.DictionaryEvaluation.Replaced;
import dev.loupe.model.Hooks;
import dev.loupe.statistics.Estimate;
import dev.loupe.statistics.Proportion;
import dev.loupe.statistics.Ratio;
import dev.loupe.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/** The sums behind the figures of a replacement, row by row of the corpus. */
final class ReplacedSums {
  /** By which the logarithm of the first choice's probability leads: the second has 90% of it. */
  private static final double CLEAR = -Math.log(0.9);

  private final String what;
  private final List<Integer> together;
  private final Hooks zeros;
  private final double[] positions;
  private final double[] predicted;
  private final double[] divergence;
  private final double[] loss;
  private final double[] replacedLoss;
  private final double[] zeroLoss;
  private long agreed;
  private long clear;
  private long clearlyAgreed;

  ReplacedSums(String what, List<Integer> together, Hooks zeros, int rows) {
    this.what = what;
    this.together = together;
    this.zeros = zeros;
    this.positions = new double[rows];
    this.predicted = new double[rows];
    this.divergence = new double[rows];
    this.loss = new double[rows];
    this.replacedLoss = new double[rows];
    this.zeroLoss = new double[rows];
  }

  /** The layers that are replaced. */
  List<Integer> together() {
    return together;
  }

  Hooks zeros() {
    return zeros;
  }

  /**
   * Adds a batch, given logarithms of probabilities {@code [n, d_vocab]}.
   *
   * @param first the corpus's row that is the batch's first
   */
  void add(RowReader.Batch batch, int first, Tensor model, Tensor replaced, Tensor zeroed) {
    Tensor.Top leading = model.topK(2, -1);
    long[] best = leading.indices().select(1, 0).toLongs();
    double[] lead = leading.values().select(1, 0).minus(leading.values().select(1, 1)).toDoubles();
    long[] said = replaced.argmax(-1).toLongs();
    double[] apart = model.exp().timesInPlace(model.minus(replaced)).sum(false, -1).toDoubles();
    long[] next = new long[batch.count()];
    Arrays.setAll(next, i -> Math.max(0, batch.next(i)));
    Tensor right = Tensor.of(next, next.length, 1);
    double[] own = model.gather(1, right).toDoubles();
    double[] with = replaced.gather(1, right).toDoubles();
    double[] without = zeroed.gather(1, right).toDoubles();
    for (int i = 0; i < next.length; i++) {
      int row = first + batch.row(i);
      positions[row]++;
      boolean agrees = best[i] == said[i];
      agreed += agrees ? 1 : 0;
      if (lead[i] > CLEAR) {
        clear++;
        clearlyAgreed += agrees ? 1 : 0;
      }
      divergence[row] += apart[i];
      if (batch.next(i) >= 0) {
        predicted[row]++;
        loss[row] -= own[i];
        replacedLoss[row] -= with[i];
        zeroLoss[row] -= without[i];
      }
    }
  }

  Replaced figures(long seed) {
    long all = (long) Arrays.stream(positions).sum();
    return new Replaced(
        what,
        Proportion.wilson(agreed, all, DictionaryEvaluation.LEVEL),
        Proportion.wilson(clearlyAgreed, clear, DictionaryEvaluation.LEVEL),
        of(divergence, positions, seed),
        of(loss, predicted, seed),
        of(replacedLoss, predicted, seed),
        of(zeroLoss, predicted, seed),
        of(minus(zeroLoss, replacedLoss), minus(zeroLoss, loss), seed));
  }

  private static Estimate of(double[] above, double[] below, long seed) {
    return Ratio.bootstrap(above, below, DictionaryEvaluation.LEVEL, seed);
  }

  private static double[] minus(double[] all, double[] less) {
    double[] rest = new double[all.length];
    Arrays.setAll(rest, i -> all[i] - less[i]);
    return rest;
  }
}
