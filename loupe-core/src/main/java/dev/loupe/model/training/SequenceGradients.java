package dev.loupe.model.training;

import dev.loupe.fault.LoupeException;
import dev.loupe.model.Transformer;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Losses of sequences, and what a backward pass of each brings to the linear maps of the blocks:
 * their inputs and the gradients by their outputs, from which the gradient by the weights of one
 * sequence is {@code Σ_t g_t a_tᵀ}. A GPT-2 network with tied embeddings is computed by the
 * written-out backward pass that also trains, on a copy of its weights; any other by a run with
 * gradients by what stands at the outputs of its maps, on its own weights, which are to stay open.
 */
public sealed interface SequenceGradients extends AutoCloseable
    permits WrittenGradients, TappedGradients {
  /**
   * Of a loaded network.
   *
   * @param name of the model, for messages
   * @param dtype float32 or float64
   * @throws LoupeException if a layer is a mixture of experts
   */
  static SequenceGradients of(Transformer model, String name, DType dtype) {
    return TrainedNetwork.find(model)
        .map(shape -> WrittenGradients.of(model, shape, dtype))
        .orElseGet(() -> new TappedGradients(model, name));
  }

  /** Of weights that are copied. */
  static SequenceGradients copy(Parameters source) {
    return WrittenGradients.copy(source);
  }

  /** Takes what a backward pass brings to a linear map. */
  @FunctionalInterface
  interface MapSink {
    /**
     * One map, for all sequences of the batch; copy or keep what outlives the call.
     *
     * @param input a, {@code [batch, pos, columns]}: where the map has a bias, the last is 1
     * @param byOutput g, {@code [batch, pos, out]}
     */
    void map(BlockMap map, Tensor input, Tensor byOutput);
  }

  /** Chooses the labels of the loss. */
  @FunctionalInterface
  interface Label {
    /** The label that counts at a position of a sequence of the batch. */
    int at(int sequence, int position);
  }

  /** Draws the labels of the loss from what the model predicts. */
  @FunctionalInterface
  interface Draw {
    /** A number from 0 to 1 (exclusive) that picks the label at a position of a sequence. */
    double at(int sequence, int position);
  }

  /** Takes a part of the products of the Gauss–Newton matrix and several directions. */
  @FunctionalInterface
  interface ProductSink {
    /**
     * One map and direction, for all sequences of the batch: {@code Σ g aᵀ} is what the batch adds
     * to the product.
     *
     * @param input a, {@code [batch, pos, columns]}
     * @param byOutput g, {@code [batch, pos, out]}
     */
    void map(int direction, BlockMap map, Tensor input, Tensor byOutput);
  }

  /**
   * How large a map is.
   *
   * @param inputs that it reads
   * @param outputs that it makes
   * @param biased whether it has a bias
   */
  record MapSize(int inputs, int outputs, boolean biased) {
    /** Columns of its matrix, the bias's included. */
    public int columns() {
      return inputs + (biased ? 1 : 0);
    }
  }

  /** The maps of the MLPs, and of attention if asked for; the first layer first. */
  List<BlockMap> maps(boolean attention);

  /** How large a map is. */
  MapSize size(BlockMap map);

  /** The arithmetic. */
  DType dtype();

  /** The most tokens of a sequence. */
  int context();

  /** The summed cross entropy of the counted predictions, in nats. */
  double loss(int[] sequence, boolean[] counts);

  /**
   * The gradient of the summed cross entropy of sequences of one length against the tokens that
   * they have.
   *
   * @param counts by sequence and position, whether the prediction made there counts
   * @return the summed loss, in nats
   */
  double ofTruth(List<int[]> sequences, List<boolean[]> counts, Set<BlockMap> maps, MapSink sink);

  /** As {@link #ofTruth}, against given labels. */
  double ofLabels(
      List<int[]> sequences, List<boolean[]> counts, Label label, Set<BlockMap> maps, MapSink sink);

  /**
   * As {@link #ofTruth}, against labels drawn from the model's own distribution at each position:
   * the loss whose squared gradients are the Fisher information (Martens 2020).
   */
  double ofDrawn(
      List<int[]> sequences, List<boolean[]> counts, Draw draw, Set<BlockMap> maps, MapSink sink);

  /**
   * Products of the Gauss–Newton matrix {@code Σ Jᵀ (diag p − p pᵀ) J} of sequences of one length
   * and directions in the weights of some maps (Schraudolph 2002): how the logits change along a
   * direction, exactly, and a backward pass of that change.
   *
   * @param counts by sequence and position, whether the prediction made there counts
   * @param directions each by map, {@code [out, columns]}
   * @throws LoupeException if the network is not one of GPT-2's kind
   */
  void ofCurvature(
      List<int[]> sequences,
      List<boolean[]> counts,
      List<Map<BlockMap, Tensor>> directions,
      ProductSink sink);

  /** Every prediction of a sequence of so many tokens. */
  static boolean[] all(int length) {
    boolean[] counts = new boolean[length];
    Arrays.fill(counts, 0, Math.max(0, length - 1), true);
    return counts;
  }

  @Override
  void close();
}
