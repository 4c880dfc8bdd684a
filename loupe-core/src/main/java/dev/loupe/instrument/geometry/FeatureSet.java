package dev.loupe.instrument.geometry;

import dev.loupe.dictionary.FeatureBasis;
import dev.loupe.dictionary.FeatureId;
import dev.loupe.fault.LoupeException;
import dev.loupe.geometry.ActivationTable;
import dev.loupe.instrument.Subject;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The features of one or more layers of a basis in a row.
 *
 * @param basis whose features they are
 * @param layers one or more of its layers, rising
 */
record FeatureSet(FeatureBasis basis, List<Integer> layers) {
  /** Decoder rows read at a time. */
  private static final int AT_ONCE = 4096;

  /** All layers of a subject's basis, or those asked for. */
  static FeatureSet of(Subject subject, List<Integer> asked) {
    FeatureBasis basis = subject.basis().basis();
    asked.forEach(layer -> subject.require(new FeatureId(layer, 0)));
    return new FeatureSet(
        basis, asked.isEmpty() ? basis.layers() : asked.stream().sorted().distinct().toList());
  }

  /** How many features. */
  int size() {
    return layers.stream().mapToInt(basis::features).sum();
  }

  /** The number of a layer's first feature. */
  int first(int layer) {
    return layers.stream().takeWhile(each -> each < layer).mapToInt(basis::features).sum();
  }

  /** The feature of a number. */
  FeatureId id(int number) {
    int left = number;
    for (int layer : layers) {
      if (left < basis.features(layer)) {
        return new FeatureId(layer, left);
      }
      left -= basis.features(layer);
    }
    throw new IllegalArgumentException(number + " of " + size() + " features");
  }

  /** Where each feature writes, at its layer's own target: {@code [size, d_model]}, float32. */
  Tensor directions() {
    try (var scope = NativeScope.open()) {
      List<Tensor> parts = new ArrayList<>();
      for (int layer : layers) {
        int features = basis.features(layer);
        for (int from = 0; from < features; from += AT_ONCE) {
          int to = Math.min(features, from + AT_ONCE);
          parts.add(directions(layer, IntStream.range(from, to).toArray()));
        }
      }
      return scope.keep(Tensor.cat(parts, 0));
    }
  }

  private Tensor directions(int layer, int... features) {
    return basis.decoderRows(layer, basis.writes(layer).getFirst(), features).to(DType.F32);
  }

  /**
   * Which features can be judged on a text.
   *
   * @param kept numbers of those active often enough
   * @param dead how many are never active
   * @param rare how many are active, but too seldom
   */
  @SuppressWarnings("ArrayRecordComponent") // nothing compares them
  record Trusted(int[] kept, int dead, int rare) {
    /** Without looking at a text. */
    static Trusted all(FeatureSet set) {
      return new Trusted(IntStream.range(0, set.size()).toArray(), 0, 0);
    }

    /**
     * By the positions on which each is active.
     *
     * @throws LoupeException if none is left
     */
    static Trusted of(ActivationTable table, int least, String name) {
      int[] active = table.active();
      int[] kept =
          IntStream.range(0, active.length).filter(i -> active[i] >= Math.max(1, least)).toArray();
      int dead = (int) IntStream.of(active).filter(count -> count == 0).count();
      if (kept.length == 0) {
        throw LoupeException.badInput(
            "no feature of %s is active on %d of the %d positions"
                .formatted(name, least, table.positions()),
            "Read more text (`tokens`), or ask for fewer active positions (`leastActive`).");
      }
      return new Trusted(kept, dead, active.length - kept.length - dead);
    }
  }
}
