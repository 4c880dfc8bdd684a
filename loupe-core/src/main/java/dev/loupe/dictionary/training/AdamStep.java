package dev.loupe.dictionary.training;

import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;

/**
 * Adam (Kingma and Ba 2015) over one parameter at a time, so that a gradient is needed no longer
 * than until the next is computed.
 *
 * @param rate learning rate of this step
 * @param step counted from 1
 */
record AdamStep(double rate, double beta1, double beta2, double epsilon, int step) {
  /** So many numbers at a time stay in a core's cache through a handful of operations. */
  private static final long PIECE = 1 << 15;

  /** Changes a parameter and its two averages. */
  void update(LearningState state, DictionaryWeights.Range range, Tensor gradient) {
    double meanCorrection = 1 - Math.pow(beta1, step);
    double squareCorrection = 1 - Math.pow(beta2, step);
    Tensor by = gradient.reshape(-1);
    for (long from = range.from(); from < range.to(); from += PIECE) {
      try (var _ = NativeScope.open()) {
        long to = Math.min(range.to(), from + PIECE);
        Tensor some = by.slice(0, from - range.from(), to - range.from());
        Tensor mean = state.mean().flat().slice(0, from, to);
        Tensor square = state.square().flat().slice(0, from, to);
        mean.timesInPlace(beta1).plusInPlace(some, 1 - beta1);
        square.timesInPlace(beta2).plusProductInPlace(some, some, 1 - beta2);
        Tensor root =
            square.sqrt().timesInPlace(1 / Math.sqrt(squareCorrection)).plusInPlace(epsilon);
        state
            .values()
            .flat()
            .slice(0, from, to)
            .plusQuotientInPlace(mean, root, -rate / meanCorrection);
      }
    }
  }
}
