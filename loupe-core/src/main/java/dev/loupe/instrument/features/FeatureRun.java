package dev.loupe.instrument.features;

import static java.util.Objects.requireNonNull;

import dev.loupe.dictionary.FeatureBasis;
import dev.loupe.dictionary.SparseActivations;
import dev.loupe.instrument.Subject;
import dev.loupe.model.Hooks;
import dev.loupe.model.Site;
import dev.loupe.model.Tap;
import dev.loupe.model.TokenBatch;
import dev.loupe.model.Transformer;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Runs the model over rows of tokens and hands on the features of each layer while it runs. */
final class FeatureRun {
  private final Transformer model;
  private final FeatureBasis basis;
  private final List<Integer> layers;

  /** Takes what one layer did. */
  @FunctionalInterface
  interface Receiver {
    /**
     * @param active of all positions, row after row
     * @param neurons the MLP's units {@code [batch · pos, d_mlp]}; ends when this returns
     */
    void layer(int layer, SparseActivations active, Tensor neurons);
  }

  FeatureRun(Subject subject, List<Integer> layers) {
    this.model = subject.transformer();
    this.basis = subject.basis().basis();
    this.layers = layers;
  }

  /**
   * Runs rows of one length.
   *
   * @return one over the denominator of the last norm, {@code [batch · pos]}; ones without a norm
   */
  float[] run(int[][] rows, Receiver receiver) {
    Hooks hooks = Hooks.NONE;
    List<Both> waiting = new ArrayList<>();
    for (int layer : layers) {
      Both both = new Both(layer, receiver);
      waiting.add(both);
      hooks =
          hooks
              .and(Hooks.observe(basis.reads(layer), both::read))
              .and(Hooks.observe(new Tap(Site.MLP_POST, layer), both::neurons));
    }
    float[] inverse = new float[rows.length * rows[0].length];
    Arrays.fill(inverse, 1);
    hooks =
        hooks.and(
            Hooks.observe(
                Tap.of(Site.FINAL_NORM_SCALE),
                scale -> {
                  float[] scales = scale.reshape(-1).toFloats();
                  for (int i = 0; i < scales.length; i++) {
                    inverse[i] = 1 / scales[i];
                  }
                }));
    try (var _ = NativeScope.open()) {
      model.hidden(TokenBatch.of(rows), hooks, null);
    } finally {
      waiting.forEach(Both::forget);
    }
    return inverse;
  }

  /** Waits for both halves of a layer, which come in either order. */
  private final class Both {
    private final int layer;
    private final Receiver receiver;
    private @Nullable SparseActivations active;
    private @Nullable Tensor neurons;

    Both(int layer, Receiver receiver) {
      this.layer = layer;
      this.receiver = receiver;
    }

    void read(Tensor input) {
      try (var _ = NativeScope.open()) {
        active = basis.encode(layer, flat(input));
      }
      handOn();
    }

    void neurons(Tensor post) {
      neurons = flat(post).retain();
      handOn();
    }

    private void handOn() {
      if (active != null && neurons != null) {
        try (Tensor units = requireNonNull(neurons)) {
          receiver.layer(layer, requireNonNull(active), units);
        } finally {
          active = null;
          neurons = null;
        }
      }
    }

    /** Frees a half whose other half never came. */
    void forget() {
      if (neurons != null) {
        neurons.close();
        neurons = null;
      }
    }

    private static Tensor flat(Tensor value) {
      return value.reshape(-1, value.size(-1));
    }
  }
}
