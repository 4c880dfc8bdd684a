package dev.loupe.model.training;

import dev.loupe.fault.LoupeException;

/**
 * The size of a GPT-2 network: MLPs four times as wide as the stream, tied embeddings, learned
 * positions.
 *
 * @param layers n_layers
 * @param width d_model
 * @param heads n_heads, a divisor of the width
 * @param context positions that the network has
 * @param vocabulary d_vocab
 */
public record ModelShape(int layers, int width, int heads, int context, int vocabulary) {
  /** Added under the root of every normalisation, as in GPT-2. */
  static final double NORM_EPSILON = 1e-5;

  /**
   * Checks the sizes.
   *
   * @throws LoupeException if one is not positive or the heads do not divide the width
   */
  public ModelShape {
    if (layers < 1 || width < 1 || heads < 1 || context < 1 || vocabulary < 2) {
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

  /** d_head. */
  int headSize() {
    return width / heads;
  }

  /** d_mlp. */
  int mlpWidth() {
    return 4 * width;
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
