package dev.loupe.model.training;

import dev.loupe.fault.LoupeException;

/**
 * The size of a GPT-2 network with tied embeddings and learned positions.
 *
 * @param layers n_layers
 * @param width d_model
 * @param heads n_heads, a divisor of the width
 * @param context positions that the network has
 * @param vocabulary d_vocab
 * @param mlpWidth d_mlp
 */
public record ModelShape(
    int layers, int width, int heads, int context, int vocabulary, int mlpWidth) {
  /** Added under the root of every normalisation, as in GPT-2. */
  static final double NORM_EPSILON = 1e-5;

  /**
   * Checks the sizes.
   *
   * @throws LoupeException if one is not positive or the heads do not divide the width
   */
  public ModelShape {
    if (layers < 1 || width < 1 || heads < 1 || context < 1 || vocabulary < 2 || mlpWidth < 1) {
      throw LoupeException.badInput(
          "a network of %d layers, width %d, %d heads, context %d and vocabulary %d"
              .formatted(layers, width, heads, context, vocabulary),
          "Every size must be at least 1, the vocabulary 2.");
    }
    if (width % heads != 0) {
      throw LoupeException.badInput(
          "%d heads do not divide the width %d".formatted(heads, width),
          "Choose a width that is a multiple of the number of heads.");
    }
  }

  /** MLPs four times as wide as the stream, as GPT-2 has them. */
  public ModelShape(int layers, int width, int heads, int context, int vocabulary) {
    this(layers, width, heads, context, vocabulary, Math.multiplyExact(4, width));
  }

  /** d_head. */
  int headSize() {
    return width / heads;
  }

  /** How many numbers the network has. */
  public long parameters() {
    long count = 0;
    for (Weight weight : Weight.values()) {
      count += weight.count(this);
    }
    return count;
  }
}
