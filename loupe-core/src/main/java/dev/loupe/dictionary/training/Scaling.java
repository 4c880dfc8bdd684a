package dev.loupe.dictionary.training;

import dev.loupe.fault.LoupeException;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;

/**
 * What makes the activations of a tap comparable: {@code (x − mean) · factor} has a mean square of
 * 1 per coordinate over the first positions that are read. It is folded into the weights when they
 * are written.
 */
final class Scaling {
  private final float[] mean;
  private final double factor;

  /**
   * @param mean {@code [d_model]}
   */
  Scaling(float[] mean, double factor) {
    this.mean = mean.clone();
    this.factor = factor;
  }

  /** {@code [d_model]}. */
  float[] mean() {
    return mean.clone();
  }

  /** What remains is multiplied by it. */
  double factor() {
    return factor;
  }

  /**
   * Of activations {@code [pos, d_model]}.
   *
   * @throws LoupeException if they are not finite or all the same
   */
  static Scaling of(String place, Tensor activations) {
    try (var _ = NativeScope.open()) {
      Tensor mean = activations.mean(false, 0);
      double variance = activations.minus(mean).square().mean(false, 0, 1).item();
      if (!Double.isFinite(variance)) {
        throw ActivationStream.notFinite(place);
      }
      if (variance == 0) {
        throw LoupeException.badInput(
            "the activations at %s are the same at every position".formatted(place),
            "Choose another layer or site.");
      }
      return new Scaling(mean.toFloats(), 1 / Math.sqrt(variance));
    }
  }

  /** The mean as a tensor of the open scope, in the type of {@code like}. */
  Tensor meanLike(Tensor like) {
    return Tensor.of(mean, mean.length).to(like.dtype());
  }

  /** Comparable activations. */
  Tensor apply(Tensor activations) {
    return activations.minus(meanLike(activations)).timesInPlace(factor);
  }

  /** Activations of the model again. */
  Tensor undo(Tensor scaled) {
    return scaled.times(1 / factor).plusInPlace(meanLike(scaled));
  }
}
