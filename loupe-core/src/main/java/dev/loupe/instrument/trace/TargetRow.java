package dev.loupe.instrument.trace;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The incoming edges of one target while the sweep fills them in, layer after layer downwards. Host
 * data.
 */
final class TargetRow {
  /** The layer that the target reads in: its own for a feature, n_layers for a logit. */
  final int layer;

  final int position;
  final Node node;

  /**
   * Flow that reaches this target from the logits, as far as the sweep can tell when it chooses it.
   */
  final double flow;

  /** Edges from the listed features of each layer, in their order; empty where none reach it. */
  final float[][] features;

  /**
   * Edges from all active features of layers whose last place has not been swept, {@code
   * [layer][n_active]}; null before any and once they are listed.
   */
  final float[] @Nullable [] pending;

  /** Edges from the error of each layer, {@code [layer][pos ≤ position]}; empty where none. */
  final float[][] errors;

  final float[] attentionBias;
  final float[] mlpBias;

  /** Signed sums over the unlisted features, {@code [layer][pos ≤ position]}. */
  final float[][] remainder;

  /**
   * Sums of magnitudes over the unlisted features, {@code [layer][pos ≤ position]}; measured for
   * the first logit only, null elsewhere.
   */
  final float[] @Nullable [] remainderMass;

  float[] tokens = new float[0];
  float[] positions = new float[0];
  float embeddingBias;
  float ownBias;

  /** Σ |edge| so far, remainders counted by their signed sums as one node each. */
  double mass;

  TargetRow(Node node, int layer, int position, double flow, int layers) {
    this.node = node;
    this.layer = layer;
    this.position = position;
    this.flow = flow;
    this.attentionBias = new float[layers];
    this.mlpBias = new float[layers];
    this.features = new float[layers][0];
    this.pending = new float[layers][];
    this.errors = new float[layers][0];
    this.remainder = new float[layers][0];
    this.remainderMass = new float[layers][];
  }

  /** See {@link #pending}, of a layer that has some. */
  float[] pendingOf(int layer) {
    return Objects.requireNonNull(pending[layer]);
  }

  /** Σ |edge| from the errors of a layer. */
  double errorAt(int layer) {
    double sum = 0;
    for (float error : errors[layer]) {
      sum += Math.abs(error);
    }
    return sum;
  }

  /** Σ over positions from {@code first} on of |signed remainder| in a layer. */
  double remainderAt(int layer, int first) {
    double sum = 0;
    for (int position = first; position < remainder[layer].length; position++) {
      sum += Math.abs(remainder[layer][position]);
    }
    return sum;
  }
}
