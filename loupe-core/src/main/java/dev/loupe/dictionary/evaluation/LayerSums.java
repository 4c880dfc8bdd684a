package dev.loupe.dictionary.evaluation;

import dev.loupe.dictionary.SparseActivations;
import dev.loupe.statistics.Estimate;
import dev.loupe.statistics.Ratio;
import dev.loupe.tensor.Tensor;
import java.util.Arrays;

/** The sums behind a layer's figures, row by row of the corpus. */
final class LayerSums {
  private final double[] residual;
  private final double[] squares;
  private final double[] positions;
  private final double[] active;
  private final double[][] sums;
  private final boolean[] fired;

  LayerSums(int features, int rows) {
    this.residual = new double[rows];
    this.squares = new double[rows];
    this.positions = new double[rows];
    this.active = new double[rows];
    this.sums = new double[rows][];
    this.fired = new boolean[features];
  }

  /**
   * Adds a batch.
   *
   * @param first the corpus's row that is the batch's first
   * @param target {@code [n, d_model]}
   * @param rebuilt likewise
   */
  void add(
      RowReader.Batch batch, int first, Tensor target, Tensor rebuilt, SparseActivations features) {
    int width = target.size(1);
    double[] wanted = target.toDoubles();
    double[] found = rebuilt.toDoubles();
    for (int i = 0; i < batch.count(); i++) {
      int row = first + batch.row(i);
      if (sums[row] == null) {
        sums[row] = new double[width];
      }
      for (int at = i * width, j = 0; j < width; at++, j++) {
        double error = wanted[at] - found[at];
        residual[row] += error * error;
        squares[row] += wanted[at] * wanted[at];
        sums[row][j] += wanted[at];
      }
      positions[row]++;
      active[row] += features.start(i + 1) - features.start(i);
      for (int entry = features.start(i); entry < features.start(i + 1); entry++) {
        fired[features.feature(entry)] = true;
      }
    }
  }

  DictionaryEvaluation.Layer figures(int layer, long seed) {
    double count = Arrays.stream(positions).sum();
    double[] mean = new double[width()];
    for (double[] sum : sums) {
      for (int j = 0; sum != null && j < mean.length; j++) {
        mean[j] += sum[j] / count;
      }
    }
    double length = Arrays.stream(mean).map(value -> value * value).sum();
    double[] variance = new double[squares.length];
    for (int row = 0; row < variance.length; row++) {
      double product = 0;
      for (int j = 0; sums[row] != null && j < mean.length; j++) {
        product += mean[j] * sums[row][j];
      }
      variance[row] = squares[row] - 2 * product + positions[row] * length;
    }
    Estimate unexplained = Ratio.bootstrap(residual, variance, DictionaryEvaluation.LEVEL, seed);
    Estimate each = Ratio.bootstrap(active, positions, DictionaryEvaluation.LEVEL, seed);
    int dead = 0;
    for (boolean once : fired) {
      dead += once ? 0 : 1;
    }
    return new DictionaryEvaluation.Layer(layer, unexplained, each, dead, fired.length);
  }

  private int width() {
    return Arrays.stream(sums)
        .filter(sum -> sum != null)
        .mapToInt(sum -> sum.length)
        .max()
        .orElse(0);
  }
}
