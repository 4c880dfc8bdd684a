package dev.loupe.model.training;

import dev.loupe.fault.LoupeException;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;

/**
 * AdamW (Loshchilov and Hutter 2019): averages of the gradient and its square, and a decay that is
 * not part of the gradient.
 *
 * @param learningRate at its peak
 * @param beta1 what the gradient's average keeps each step
 * @param beta2 what its square's average keeps each step
 * @param epsilon added to the root of the square's average
 * @param weightDecay share of a weight lost each step, times the learning rate; gains, biases and
 *     tables (unless {@code decayTables}) have none
 * @param decayTables whether embeddings and positions decay too
 */
public record AdamW(
    double learningRate,
    double beta1,
    double beta2,
    double epsilon,
    double weightDecay,
    boolean decayTables) {

  /** The trial's settings for embeddings, norms and biases beside {@link Muon}. */
  public static final AdamW DEFAULT = new AdamW(2e-3, 0.9, 0.98, 1e-8, 0.02, false);

  /**
   * Checks the settings.
   *
   * @throws LoupeException if one is out of range
   */
  public AdamW {
    Checks.positive("learning rate", learningRate);
    Checks.share("beta1", beta1);
    Checks.share("beta2", beta2);
    Checks.positive("epsilon", epsilon);
    Checks.notNegative("weight decay", weightDecay);
  }

  /**
   * One step over a range of parameters.
   *
   * @param step counted from 1
   * @param gradientFactor on the gradients
   * @param rateFactor on the learning rate
   */
  void update(
      Share share,
      Training state,
      int step,
      double gradientFactor,
      double rateFactor,
      boolean decays) {
    double rate = learningRate * rateFactor;
    double meanCorrection = 1 - Math.pow(beta1, step);
    double squareCorrection = 1 - Math.pow(beta2, step);
    share.inPieces((from, to) -> {
      try (var _ = NativeScope.open()) {
        Tensor gradient = state.gradient().flat().slice(0, from, to).times(gradientFactor);
        Tensor mean = state.mean().flat().slice(0, from, to);
        Tensor square = state.square().flat().slice(0, from, to);
        mean.timesInPlace(beta1).plusInPlace(gradient, 1 - beta1);
        square.timesInPlace(beta2).plusProductInPlace(gradient, gradient, 1 - beta2);
        Tensor root =
            square.sqrt().timesInPlace(1 / Math.sqrt(squareCorrection)).plusInPlace(epsilon);
        Tensor weights = state.weights().flat().slice(0, from, to);
        if (decays && weightDecay > 0) {
          weights.timesInPlace(1 - rate * weightDecay);
        }
        weights.plusQuotientInPlace(mean, root, -rate / meanCorrection);
      }
    });
  }
}
