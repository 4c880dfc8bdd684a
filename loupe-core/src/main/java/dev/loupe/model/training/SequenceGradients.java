package dev.loupe.model.training;

import dev.loupe.model.Transformer;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Losses of sequences, and what a backward pass of each brings to the linear maps of the blocks:
 * their inputs and the gradients by their outputs, from which the gradient by the weights of one
 * sequence is {@code Σ_t g_t a_tᵀ}. The weights are a copy, so the model may be closed.
 */
public final class SequenceGradients implements AutoCloseable {
  private final Parameters weights;
  private final BackPropagation network;

  private SequenceGradients(Parameters weights) {
    this.weights = weights;
    this.network = new BackPropagation(weights, weights);
  }

  /**
   * Of a loaded GPT-2 network.
   *
   * @param name of the model, for messages
   * @param dtype float32 or float64
   * @throws dev.loupe.fault.LoupeException if it is another network than the written-out backward
   *     pass computes
   */
  public static SequenceGradients of(Transformer model, String name, DType dtype) {
    ModelShape shape = TrainedNetwork.shape(model, Path.of(name));
    Parameters weights = new Parameters(shape, dtype);
    try {
      TrainedNetwork.fill(weights, model);
      return new SequenceGradients(weights);
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
    return new SequenceGradients(weights);
  }

  /** Takes what a backward pass brings to a linear map. */
  @FunctionalInterface
  public interface MapSink {
    /**
     * One map, for all sequences of the batch; copy or keep what outlives the call.
     *
     * @param input a, {@code [batch, pos, in]}, without the bias's coordinate
     * @param byOutput g, {@code [batch, pos, out]}
     */
    void map(BlockMap map, Tensor input, Tensor byOutput);
  }

  /** Chooses the labels of the loss. */
  @FunctionalInterface
  public interface Label {
    /** The label that counts at a position of a sequence of the batch. */
    int at(int sequence, int position);
  }

  /** Draws the labels of the loss from what the model predicts. */
  @FunctionalInterface
  public interface Draw {
    /** A number from 0 to 1 (exclusive) that picks the label at a position of a sequence. */
    double at(int sequence, int position);
  }

  /** Numbers of a map's input and output. */
  public int[] sizes(BlockMap map) {
    Tensor weight = weights.of(map.kind().weight(), map.layer());
    return new int[] {weight.size(0), weight.size(1)};
  }

  /** The arithmetic. */
  public DType dtype() {
    return weights.dtype();
  }

  /** n_layers of the network. */
  public int layers() {
    return weights.shape().layers();
  }

  /** The most tokens of a sequence. */
  public int context() {
    return weights.shape().context();
  }

  /** The summed cross entropy of the counted predictions, in nats. */
  public double loss(int[] sequence, boolean[] counts) {
    return network.loss(Batch.of(List.of(sequence), List.of(counts)));
  }

  /**
   * The gradient of the summed cross entropy of sequences of one length against the tokens that
   * they have.
   *
   * @param counts by sequence and position, whether the prediction made there counts
   * @return the summed loss, in nats
   */
  public double ofTruth(
      List<int[]> sequences, List<boolean[]> counts, Set<BlockMap> maps, MapSink sink) {
    Batch batch = Batch.of(sequences, counts);
    return network.gradient(
        batch, (_, from, to) -> batch.targets().slice(0, from, to), sink(batch, maps, sink));
  }

  /** As {@link #ofTruth}, against given labels. */
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

  /**
   * As {@link #ofTruth}, against labels drawn from the model's own distribution at each position:
   * the loss whose squared gradients are the Fisher information (Martens 2020).
   */
  public double ofDrawn(
      List<int[]> sequences, List<boolean[]> counts, Draw draw, Set<BlockMap> maps, MapSink sink) {
    Batch batch = Batch.of(sequences, counts);
    int length = batch.context();
    return network.gradient(
        batch,
        (probabilities, from, to) -> {
          float[] values = probabilities.to(DType.F32).toFloats();
          int vocabulary = values.length / (to - from);
          long[] labels = new long[to - from];
          for (int i = from; i < to; i++) {
            int place = (int) batch.place(i);
            labels[i - from] =
                drawn(
                    values,
                    (i - from) * vocabulary,
                    vocabulary,
                    draw.at(place / length, place % length));
          }
          return Tensor.of(labels, labels.length, 1);
        },
        sink(batch, maps, sink));
  }

  /** Takes a part of the products of the Gauss–Newton matrix and several directions. */
  @FunctionalInterface
  public interface ProductSink {
    /**
     * One map and direction, for all sequences of the batch: {@code Σ g aᵀ} is what the batch adds
     * to the product.
     *
     * @param input a, {@code [batch, pos, in]}
     * @param byOutput g, {@code [batch, pos, out]}
     */
    void map(int direction, BlockMap map, Tensor input, Tensor byOutput);
  }

  /**
   * Products of the Gauss–Newton matrix {@code Σ Jᵀ (diag p − p pᵀ) J} of sequences of one length
   * and directions in the weights of some maps (Schraudolph 2002): how the logits change along a
   * direction, exactly, and a backward pass of that change.
   *
   * @param counts by sequence and position, whether the prediction made there counts
   * @param directions each by map, {@code [out, in + 1]}
   */
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

  /** Where the cumulated probability passes a number; the likeliest if rounding keeps it below. */
  private static int drawn(float[] probabilities, int offset, int count, double number) {
    double sum = 0;
    int likeliest = 0;
    for (int i = 0; i < count; i++) {
      float here = probabilities[offset + i];
      sum += here;
      if (sum > number) {
        return i;
      }
      if (here > probabilities[offset + likeliest]) {
        likeliest = i;
      }
    }
    return likeliest;
  }

  private static GradientSink sink(Batch batch, Set<BlockMap> maps, MapSink sink) {
    return new GradientSink() {
      @Override
      public void linear(int layer, Weight weight, Weight bias, Tensor input, Tensor byOutput) {
        BlockMap map = new BlockMap(layer, BlockMap.Kind.of(weight));
        if (maps.contains(map)) {
          try (var _ = NativeScope.open()) {
            sink.map(map, byRow(input, batch), byRow(byOutput, batch));
          }
        }
      }
    };
  }

  private static Tensor byRow(Tensor rows, Batch batch) {
    return rows.reshape(batch.rows(), batch.context(), rows.size(1));
  }

  /** Every prediction of a sequence of so many tokens. */
  public static boolean[] all(int length) {
    boolean[] counts = new boolean[length];
    Arrays.fill(counts, 0, Math.max(0, length - 1), true);
    return counts;
  }

  @Override
  public void close() {
    weights.close();
  }
}
