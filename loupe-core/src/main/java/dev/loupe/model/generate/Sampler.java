package dev.loupe.model.generate;

import dev.loupe.fault.LoupeException;
import java.util.Arrays;
import java.util.SplittableRandom;

/** Chooses tokens from logits. Its draws depend on its seed alone; not for several threads. */
public final class Sampler {
  private final SamplingOptions options;
  private final SplittableRandom random;

  public Sampler(SamplingOptions options) {
    this.options = options;
    this.random = new SplittableRandom(options.seed());
  }

  /**
   * The next token.
   *
   * @param logits {@code [d_vocab]}; minus infinity forbids a token
   * @throws LoupeException if a logit is not a number or none is finite
   */
  public int next(float[] logits) {
    if (options.temperature() == 0) {
      return likeliest(logits);
    }
    return candidates(logits).at(random.nextDouble());
  }

  /** The tokens that the filters leave, with their probabilities among themselves. */
  Candidates candidates(float[] logits) {
    return Candidates.all(probabilities(logits, options.temperature()))
        .likeliest(options.topK())
        .reaching(options.topP())
        .atLeast(options.minP());
  }

  private static int likeliest(float[] logits) {
    int best = 0;
    for (int id = 1; id < logits.length; id++) {
      if (logits[id] > logits[best]) {
        best = id;
      }
    }
    requireFinite(logits[best]);
    for (float logit : logits) {
      requireNumber(logit);
    }
    return best;
  }

  private static double[] probabilities(float[] logits, double temperature) {
    float top = logits[likeliest(logits)];
    double[] probabilities = new double[logits.length];
    for (int id = 0; id < logits.length; id++) {
      probabilities[id] = Math.exp((logits[id] - (double) top) / temperature);
    }
    double sum = Arrays.stream(probabilities).sum();
    for (int id = 0; id < probabilities.length; id++) {
      probabilities[id] /= sum;
    }
    return probabilities;
  }

  private static void requireNumber(float logit) {
    if (Float.isNaN(logit)) {
      throw unusable("NaN");
    }
  }

  private static void requireFinite(float logit) {
    if (!Float.isFinite(logit)) {
      throw unusable(Float.toString(logit));
    }
  }

  private static LoupeException unusable(String value) {
    return LoupeException.badInput(
        "the model's logits hold " + value + ", so no token can be chosen",
        "check the weights, or run in float32");
  }
}
