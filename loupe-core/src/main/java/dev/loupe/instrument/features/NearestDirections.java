package dev.loupe.instrument.features;

import dev.loupe.dictionary.FeatureBasis;
import dev.loupe.dictionary.FeatureId;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** The features whose decoder directions, each at its layer's own target, point the same way. */
final class NearestDirections {
  private static final int AT_ONCE = 4096;

  /** Keeps what has no direction from being divided by 0. */
  private static final double SMALLEST = 1e-20;

  private final FeatureBasis basis;

  /**
   * A feature that writes alike.
   *
   * @param cosine of the two directions
   */
  record Near(FeatureId id, double cosine) {}

  NearestDirections(FeatureBasis basis) {
    this.basis = basis;
  }

  /** The nearest others, nearest first. */
  List<Near> of(FeatureId id, int count) {
    List<Near> best = new ArrayList<>();
    try (var _ = NativeScope.open()) {
      Tensor own = unit(id.layer(), id.feature()).transpose(0, 1);
      for (int layer : basis.layers()) {
        int features = basis.features(layer);
        for (int from = 0; from < features; from += AT_ONCE) {
          int to = Math.min(features, from + AT_ONCE);
          add(best, layer, IntStream.range(from, to).toArray(), own, id, count);
        }
      }
    }
    return best;
  }

  private void add(List<Near> best, int layer, int[] some, Tensor own, FeatureId id, int count) {
    try (var _ = NativeScope.open()) {
      Tensor cosines = unit(layer, some).matmul(own).reshape(-1);
      Tensor.Top top = cosines.topK(Math.min(count + 1, some.length), 0);
      float[] values = top.values().toFloats();
      long[] numbers = top.indices().toLongs();
      for (int i = 0; i < values.length; i++) {
        FeatureId other = new FeatureId(layer, some[Math.toIntExact(numbers[i])]);
        if (!other.equals(id)) {
          best.add(new Near(other, values[i]));
        }
      }
    }
    best.sort(Comparator.comparingDouble(Near::cosine).reversed());
    if (best.size() > count) {
      best.subList(count, best.size()).clear();
    }
  }

  /** Directions of length one, {@code [n, d_model]}. */
  private Tensor unit(int layer, int... features) {
    Tensor rows = basis.decoderRows(layer, basis.writes(layer).getFirst(), features).to(DType.F32);
    return rows.dividedBy(rows.square().sum(true, -1).plus(SMALLEST).sqrt());
  }
}
