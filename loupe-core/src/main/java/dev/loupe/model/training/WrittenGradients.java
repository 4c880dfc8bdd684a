package dev.loupe.model.training;

import dev.loupe.model.Transformer;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Gradients of a GPT-2 network with tied embeddings by the written-out backward pass that also
 * trains. The weights are a copy, so the model may be closed.
 */
final class WrittenGradients implements SequenceGradients {
  private final Parameters weights;
  private final BackPropagation network;

  private WrittenGradients(Parameters weights) {
    this.weights = weights;
    this.network = new BackPropagation(weights, weights);
  }

  /**
   * Of a loaded GPT-2 network.
   *
   * @param dtype float32 or float64
   */
  static SequenceGradients of(Transformer model, ModelShape shape, DType dtype) {
    Parameters weights = new Parameters(shape, dtype);
    try {
      TrainedNetwork.fill(weights, model);
      return new WrittenGradients(weights);
    } catch (RuntimeException e) {
      weights.close();
      throw e;
    }
  }

  /** Of weights that are copied. */
  static SequenceGradients copy(Parameters source) {
    Parameters weights = new Parameters(source.shape(), source.dtype());
    try (var _ = NativeScope.open()) {
      weights.flat().copyInPlace(source.flat());
    }
    return new WrittenGradients(weights);
  }

  @Override
  public List<BlockMap> maps(boolean attention) {
    List<BlockMap.Kind> kinds =
        attention
            ? List.of(
                BlockMap.Kind.QUERY_KEY_VALUE,
                BlockMap.Kind.ATTENTION_OUT,
                BlockMap.Kind.MLP_UP,
                BlockMap.Kind.MLP_DOWN)
            : List.of(BlockMap.Kind.MLP_UP, BlockMap.Kind.MLP_DOWN);
    return BlockMap.all(weights.shape().layers(), kinds);
  }

  @Override
  public MapSize size(BlockMap map) {
    Tensor weight = weights.of(map.kind().weight(), map.layer());
    return new MapSize(weight.size(0), weight.size(1), true);
  }

  @Override
  public DType dtype() {
    return weights.dtype();
  }

  @Override
  public int context() {
    return weights.shape().context();
  }

  @Override
  public double loss(int[] sequence, boolean[] counts) {
    return network.loss(Batch.of(List.of(sequence), List.of(counts)));
  }

  @Override
  public double ofTruth(
      List<int[]> sequences, List<boolean[]> counts, Set<BlockMap> maps, MapSink sink) {
    Batch batch = Batch.of(sequences, counts);
    return network.gradient(
        batch, (_, from, to) -> batch.targets().slice(0, from, to), sink(batch, maps, sink));
  }

  @Override
  public double ofLabels(
      List<int[]> sequences,
      List<boolean[]> counts,
      Label label,
      Set<BlockMap> maps,
      MapSink sink) {
    Batch batch = Batch.of(sequences, counts);
    int length = batch.context();
    return network.gradient(
        batch,
        (_, from, to) -> {
          long[] labels = new long[to - from];
          for (int i = from; i < to; i++) {
            int place = (int) batch.place(i);
            labels[i - from] = label.at(place / length, place % length);
          }
          return Tensor.of(labels, labels.length, 1);
        },
        sink(batch, maps, sink));
  }

  @Override
  public double ofDrawn(
      List<int[]> sequences, List<boolean[]> counts, Draw draw, Set<BlockMap> maps, MapSink sink) {
    Batch batch = Batch.of(sequences, counts);
    int length = batch.context();
    return network.gradient(
        batch,
        (probabilities, from, to) -> {
          double[] numbers = new double[to - from];
          for (int i = from; i < to; i++) {
            int place = (int) batch.place(i);
            numbers[i - from] = draw.at(place / length, place % length);
          }
          return DrawnLabels.of(probabilities, numbers);
        },
        sink(batch, maps, sink));
  }

  @Override
  public void ofCurvature(
      List<int[]> sequences,
      List<boolean[]> counts,
      List<Map<BlockMap, Tensor>> directions,
      ProductSink sink) {
    Batch batch = Batch.of(sequences, counts);
    Set<BlockMap> maps = directions.getFirst().keySet();
    new GaussNewton(network, weights, batch)
        .products(
            directions,
            direction -> sink(batch, maps, (map, a, g) -> sink.map(direction, map, a, g)));
  }

  private static GradientSink sink(Batch batch, Set<BlockMap> maps, MapSink sink) {
    return new GradientSink() {
      private int left = maps.size();

      @Override
      public boolean isDone() {
        return left == 0;
      }

      @Override
      public void linear(int layer, Weight weight, Weight bias, Tensor input, Tensor byOutput) {
        BlockMap map = new BlockMap(layer, BlockMap.Kind.of(weight));
        if (maps.contains(map)) {
          left--;
          try (var _ = NativeScope.open()) {
            sink.map(map, homogeneous(byRow(input, batch)), byRow(byOutput, batch));
          }
        }
      }
    };
  }

  /** A 1 after each input, so that the bias is the last column of the weights. */
  private static Tensor homogeneous(Tensor input) {
    Tensor one = Tensor.zeros(input.dtype(), input.size(0), input.size(1), 1).fillInPlace(1);
    return Tensor.cat(List.of(input, one), 2);
  }

  private static Tensor byRow(Tensor rows, Batch batch) {
    return rows.reshape(batch.rows(), batch.context(), rows.size(1));
  }

  @Override
  public void close() {
    weights.close();
  }
}
