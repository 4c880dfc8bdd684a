package dev.loupe.dictionary;

import dev.loupe.model.Tap;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Sums decoder rows; only the rows of active features are read. */
final class SparseDecoder {
  /** Positions whose active features are gathered together: many share theirs. */
  private static final int POSITIONS = 64;

  private SparseDecoder() {}

  static Tensor decode(FeatureBasis basis, int layer, SparseActivations active, Tap target) {
    try (var scope = NativeScope.open()) {
      List<Tensor> parts = new ArrayList<>();
      for (int from = 0; from == 0 || from < active.positions(); from += POSITIONS) {
        int to = Math.min(from + POSITIONS, active.positions());
        parts.add(decode(basis, layer, active, target, from, to));
      }
      return scope.keep(Tensor.cat(parts, 0));
    }
  }

  private static Tensor decode(
      FeatureBasis basis, int layer, SparseActivations active, Tap target, int from, int to) {
    try (var scope = NativeScope.open()) {
      int[] features =
          active.features(active.start(from), active.start(to)).sorted().distinct().toArray();
      int columns = features.length;
      if (columns == 0) {
        return scope.keep(Tensor.zeros(basis.dtype(), to - from, basis.bias(layer).size(0)));
      }
      double[] amounts = new double[Math.multiplyExact(to - from, columns)];
      for (int position = from; position < to; position++) {
        for (int i = active.start(position); i < active.start(position + 1); i++) {
          int column = Arrays.binarySearch(features, active.feature(i));
          amounts[(position - from) * columns + column] = active.value(i);
        }
      }
      Tensor rows = basis.decoderRows(layer, target, features);
      return scope.keep(Tensor.of(amounts, to - from, columns).to(basis.dtype()).matmul(rows));
    }
  }
}
