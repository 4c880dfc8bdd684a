package dev.loupe.instrument.influence;

import dev.loupe.instrument.Subject;
import dev.loupe.model.training.BlockMap;
import dev.loupe.model.training.SequenceGradients;
import dev.loupe.tensor.NativeScope;
import java.util.List;
import java.util.Set;

/** The network whose gradients are asked for, and its maps. */
final class Networks {
  /** Of the passes that are timed for an estimate. */
  private static final int TIMED_TOKENS = 64;

  private Networks() {}

  /**
   * The subject's network.
   *
   * @throws dev.loupe.fault.LoupeException if a layer is a mixture of experts
   */
  static SequenceGradients of(Subject subject) {
    return SequenceGradients.of(
        subject.transformer(), subject.weights().name(), FitInfluence.dtype(subject));
  }

  static List<BlockMap> maps(SequenceGradients network, boolean attention) {
    return network.maps(attention);
  }

  /** Seconds that a token takes in a pass that fits or scores all of the MLPs' maps. */
  static double secondsOfAToken(SequenceGradients network) {
    int length = Math.min(TIMED_TOKENS, network.context());
    Sequence sequence = Sequence.of("timed", new int[length]);
    List<BlockMap> maps = maps(network, false);
    double fastest = Double.POSITIVE_INFINITY;
    for (int i = 0; i < 2; i++) {
      long began = System.nanoTime();
      try (var _ = NativeScope.open()) {
        network.ofTruth(
            List.of(sequence.tokens()),
            List.of(sequence.counts()),
            Set.copyOf(maps),
            (_, a, g) -> MapFactors.gradients(a, g).square());
      }
      fastest = Math.min(fastest, (System.nanoTime() - began) / 1e9);
    }
    return fastest / length;
  }
}
