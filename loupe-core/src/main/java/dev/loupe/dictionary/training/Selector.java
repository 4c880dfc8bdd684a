package dev.loupe.dictionary.training;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/** Selects features by their pre-activations {@code [pos, n_features]}. */
final class Selector {
  private static final double SMALLEST_GUESS = 0.05;

  private Selector() {}

  /** Those above their feature's bound. */
  static Active above(Tensor preActivations, float[] bounds) {
    Tensor values = preActivations.to(DType.F32).contiguous();
    MemorySegment all = values.segment();
    int positions = values.size(0);
    Active active = new Active(positions, bounds.length);
    long at = 0;
    for (int position = 0; position < positions; position++) {
      for (int feature = 0; feature < bounds.length; feature++, at++) {
        if (all.getAtIndex(ValueLayout.JAVA_FLOAT, at) > bounds[feature]) {
          active.add(feature);
        }
      }
      active.endPosition();
    }
    return active;
  }

  /** The k largest of each position, of those above 0. */
  static Active largest(Tensor preActivations, int k) {
    int positions = preActivations.size(0);
    int features = preActivations.size(1);
    int each = Math.min(k, features);
    Tensor.Top top = preActivations.topK(each, -1);
    float[] values = top.values().toFloats();
    long[] indices = top.indices().toLongs();
    Active active = new Active(positions, features);
    for (int position = 0; position < positions; position++) {
      for (int i = position * each; i < (position + 1) * each && values[i] > 0; i++) {
        active.add(Math.toIntExact(indices[i]));
      }
      active.endPosition();
    }
    return active;
  }

  /**
   * What was kept of a batch.
   *
   * @param smallest the least value of those kept, 0 if there are none
   */
  record Cut(Active active, double smallest) {}

  /**
   * The {@code k} largest a position on average, of those above 0.
   *
   * @param guess a value that the cut will probably not fall below
   */
  static Cut largestOfBatch(Tensor preActivations, int k, double guess) {
    int features = preActivations.size(1);
    int wanted = Math.multiplyExact(k, preActivations.size(0));
    float[] bounds = new float[features];
    Arrays.fill(bounds, (float) guess);
    Active found = above(preActivations, bounds);
    if (found.count() < wanted && guess > 0) {
      return largestOfBatch(preActivations, k, guess < SMALLEST_GUESS ? 0 : guess / 2);
    }
    float[] values = at(preActivations, found);
    float[] rising = values.clone();
    Arrays.sort(rising);
    if (found.count() <= wanted) {
      return new Cut(found, rising.length == 0 ? 0 : rising[0]);
    }
    float cut = rising[rising.length - wanted];
    boolean[] kept = new boolean[values.length];
    for (int entry = 0; entry < kept.length; entry++) {
      kept[entry] = values[entry] >= cut;
    }
    return new Cut(found.only(kept), cut);
  }

  private static float[] at(Tensor preActivations, Active active) {
    return preActivations.reshape(-1).indexSelect(0, active.places()).toFloats();
  }
}
