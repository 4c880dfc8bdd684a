package dev.loupe.model.training;

import dev.loupe.tensor.Derivatives.LayerNormGradients;
import dev.loupe.tensor.Tensor;

/** Takes what a backward pass finds about each weight; by default it is left. */
interface GradientSink {
  /**
   * A linear map of a block.
   *
   * @param input {@code [n, in]}
   * @param byOutput the gradient by its output, {@code [n, out]}
   */
  default void linear(int layer, Weight weight, Weight bias, Tensor input, Tensor byOutput) {}

  /** Whether all that is wanted is found, so that the pass can end. */
  default boolean isDone() {
    return false;
  }

  /** A normalisation. */
  default void norm(int layer, Weight gain, Weight bias, LayerNormGradients found) {}

  /** A part of the unembedding: some of the counted rows, and the gradient by their logits. */
  default void unembedding(Tensor rows, Tensor byLogits) {}

  /** The tables of tokens and positions, after the unembedding. */
  default void tables(Batch batch, Tensor byStream) {}
}
