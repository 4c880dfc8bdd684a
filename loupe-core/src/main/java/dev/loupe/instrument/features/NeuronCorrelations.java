package dev.loupe.instrument.features;

import dev.loupe.dictionary.SparseActivations;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * Pearson's correlations of the features of a layer with the MLP's units of the same layer, from
 * running sums over all tokens. The sums of products take {@code n_features · d_mlp} numbers.
 */
final class NeuronCorrelations implements AutoCloseable {
  /** Neurons named for each feature. */
  static final int KEPT = 10;

  /** Features whose correlations are worked out at a time. */
  private static final int AT_ONCE = 1024;

  private final int features;
  private final int neurons;
  private final Tensor products;
  private final Tensor sums;
  private final Tensor squares;
  private final MemorySegment kept;
  private final MemorySegment coefficients;

  /**
   * @param state where the running sums live
   * @param result where {@link #finish} writes to
   */
  NeuronCorrelations(Columns state, Columns result, String layer, int features, int neurons) {
    this.features = features;
    this.neurons = neurons;
    this.products = tensor(state, layer + ".neuron.products", features, neurons);
    this.sums = tensor(state, layer + ".neuron.sum", neurons);
    this.squares = tensor(state, layer + ".neuron.squares", neurons);
    int width = kept(neurons);
    this.kept = result.add(layer + ".neuron.number", DType.I32, features, width);
    this.coefficients = result.add(layer + ".neuron.correlation", DType.F32, features, width);
  }

  static long bytes(int features, int neurons) {
    return Columns.bytes(DType.F32, features, neurons);
  }

  /** How many neurons are named. */
  static int kept(int neurons) {
    return Math.min(KEPT, neurons);
  }

  private static Tensor tensor(Columns columns, String name, long... shape) {
    return Tensor.mapped(columns.add(name, DType.F32, shape), DType.F32, shape).retain();
  }

  /**
   * Adds a batch.
   *
   * @param counted {@code [pos]}, 1 where a position counts, else 0
   * @param units {@code [pos, d_mlp]}
   */
  void add(SparseActivations active, float[] counted, Tensor units) {
    int positions = active.positions();
    int[] rows = active.features(0, active.count()).sorted().distinct().toArray();
    if (rows.length == 0) {
      return;
    }
    float[] values = new float[Math.multiplyExact(rows.length, positions)];
    int[] row = new int[features];
    for (int i = 0; i < rows.length; i++) {
      row[rows[i]] = i;
    }
    for (int at = 0; at < positions; at++) {
      for (int i = active.start(at); counted[at] > 0 && i < active.start(at + 1); i++) {
        values[row[active.feature(i)] * positions + at] = (float) active.value(i);
      }
    }
    try (var _ = NativeScope.open()) {
      Tensor units32 = units.to(DType.F32);
      Tensor mask = Tensor.of(counted, 1, positions);
      sums.plusInPlace(mask.matmul(units32).reshape(neurons));
      squares.plusInPlace(mask.matmul(units32.square()).reshape(neurons));
      Tensor product = Tensor.of(values, rows.length, positions).matmul(units32);
      if (rows.length == features) {
        products.plusInPlace(product);
      } else {
        Tensor where = Tensor.indices(rows).unsqueeze(1).expand(rows.length, neurons);
        products.scatterPlusInPlace(0, where, product);
      }
    }
  }

  /**
   * Works out which neurons go most with each feature, whatever the sign.
   *
   * @param tokens how many positions were added
   * @param sum of each feature's activations
   * @param square of each feature's activations, summed
   */
  void finish(long tokens, double[] sum, double[] square) {
    try (var _ = NativeScope.open()) {
      Tensor mean = sums.to(DType.F64).times(1.0 / tokens);
      Tensor spread = spread(squares.to(DType.F64).times(1.0 / tokens), mean);
      for (int from = 0; from < features; from += AT_ONCE) {
        int to = Math.min(features, from + AT_ONCE);
        try (var _ = NativeScope.open()) {
          Tensor featureMean = column(sum, from, to, tokens);
          Tensor featureSpread = spread(column(square, from, to, tokens), featureMean);
          Tensor covariance =
              products
                  .slice(0, from, to)
                  .to(DType.F64)
                  .times(1.0 / tokens)
                  .minus(featureMean.times(mean));
          keep(from, covariance.dividedBy(featureSpread.times(spread)));
        }
      }
    }
  }

  @Override
  public void close() {
    products.close();
    sums.close();
    squares.close();
  }

  private static Tensor column(double[] values, int from, int to, long tokens) {
    double[] some = Arrays.copyOfRange(values, from, to);
    return Tensor.of(some, to - from, 1).times(1.0 / tokens);
  }

  /** Standard deviations; a constant gets infinity, so that it correlates with nothing. */
  private static Tensor spread(Tensor meanSquare, Tensor mean) {
    double[] variances = meanSquare.minus(mean.square()).toDoubles();
    for (int i = 0; i < variances.length; i++) {
      variances[i] = variances[i] > 0 ? variances[i] : Double.POSITIVE_INFINITY;
    }
    return Tensor.of(variances, mean.shape()).sqrt();
  }

  private void keep(int from, Tensor correlations) {
    int width = kept(neurons);
    Tensor.Top top = correlations.abs().topK(width, 1);
    long[] numbers = top.indices().toLongs();
    float[] values = correlations.gather(1, top.indices()).toFloats();
    for (int i = 0; i < numbers.length; i++) {
      long at = (long) from * width + i;
      kept.setAtIndex(ValueLayout.JAVA_INT, at, Math.toIntExact(numbers[i]));
      coefficients.setAtIndex(ValueLayout.JAVA_FLOAT, at, values[i]);
    }
  }
}
