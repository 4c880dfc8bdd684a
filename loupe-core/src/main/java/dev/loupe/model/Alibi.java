package dev.loupe.model;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.Tensor;

/**
 * Attention with linear biases (Press et al. 2022): each head's scores rise with the key's position
 * at a slope of its own.
 */
final class Alibi {
  private Alibi() {}

  /**
   * Slope · key position {@code [1, n_heads, 1, keys]}. Only differences along a row matter to the
   * softmax, so the position of the key stands for minus its distance.
   */
  static Tensor bias(int heads, int keys, DType dtype) {
    double[] slopes = slopes(heads);
    double[] bias = new double[heads * keys];
    for (int i = 0; i < bias.length; i++) {
      bias[i] = slopes[i / keys] * (i % keys);
    }
    return Tensor.of(bias, 1, heads, 1, keys).to(dtype);
  }

  /**
   * For a power of two n: 2^(−8/n), its square, …; else those of the power below, filled up from
   * the one above.
   */
  static double[] slopes(int heads) {
    int power = Integer.highestOneBit(heads);
    double[] slopes = new double[heads];
    for (int h = 0; h < heads; h++) {
      slopes[h] =
          h < power
              ? Math.pow(2, -8.0 * (h + 1) / power)
              : Math.pow(2, -4.0 * (2 * (h - power) + 1) / power);
    }
    return slopes;
  }
}
