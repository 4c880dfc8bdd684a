package dev.loupe.dictionary;

import dev.loupe.model.Activation;
import dev.loupe.model.Hooks;
import dev.loupe.model.ModelConfig;
import dev.loupe.model.ModelWeights;
import dev.loupe.model.Site;
import dev.loupe.model.Tap;
import dev.loupe.model.TokenBatch;
import dev.loupe.model.Transformer;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * One run of the unchanged model, with what interventions may hold at its values: attention
 * patterns, norm denominators, the values where a basis reads and writes, and the gains of neurons
 * that no feature replaces. Patterns grow with the square of the prompt. Owns native memory.
 */
public final class UnchangedRun implements AutoCloseable {
  private final Transformer model;
  private final FeatureBasis basis;
  private final Map<Tap, Tensor> kept = new HashMap<>();
  private final Map<Integer, SparseActivations> active = new TreeMap<>();

  private UnchangedRun(Transformer model, FeatureBasis basis) {
    this.model = model;
    this.basis = basis;
  }

  /**
   * Runs the model once.
   *
   * @param freezing for which its values are kept; those for {@link Freezing#DIRECT} serve all
   * @throws dev.loupe.fault.LoupeException if the dictionary holds numbers that are not finite
   */
  public static UnchangedRun of(
      Transformer model, FeatureBasis basis, Freezing freezing, int... ids) {
    UnchangedRun run = new UnchangedRun(model, basis);
    boolean whole = false;
    try (var _ = NativeScope.open()) {
      model.observe(TokenBatch.of(ids), run.observing(freezing));
      for (int layer : basis.layers()) {
        run.active.put(layer, basis.encode(layer, run.value(basis.reads(layer)).select(0, 0)));
      }
      whole = true;
      return run;
    } finally {
      if (!whole) {
        run.close();
      }
    }
  }

  private Hooks observing(Freezing freezing) {
    Hooks hooks = Hooks.NONE;
    for (Tap tap : LocalReplacement.taps(basis)) {
      hooks = hooks.and(keep(tap));
    }
    for (int layer = 0; layer < model.config().layers(); layer++) {
      if (freezing.holdsPatterns()) {
        hooks = hooks.and(keep(new Tap(Site.ATTN_PATTERN, layer)));
      }
      for (Site scale : Site.LAYER_NORM_SCALES) {
        if (freezing.holdsNorms()) {
          hooks = hooks.and(keep(new Tap(scale, layer)));
        }
      }
      if (freezing == Freezing.DIRECT && !isReplaced(new Tap(Site.MLP_OUT, layer))) {
        hooks = hooks.and(keep(new Tap(Site.MLP_PRE, layer)));
      }
    }
    if (freezing.holdsNorms()) {
      hooks =
          hooks
              .and(keep(Tap.of(Site.EMBEDDING_NORM_SCALE)))
              .and(keep(Tap.of(Site.FINAL_NORM_SCALE)));
    }
    return hooks.and(keep(Tap.of(Site.FINAL_HIDDEN)));
  }

  private Hooks keep(Tap tap) {
    return Hooks.observe(tap, value -> kept.putIfAbsent(tap, value.copy().retain()));
  }

  /** Whether the place is the own target of a layer of the basis. */
  boolean isReplaced(Tap place) {
    return basis.layers().stream().anyMatch(layer -> basis.writes(layer).getFirst().equals(place));
  }

  /** The active features of a layer. */
  public SparseActivations active(int layer) {
    return Objects.requireNonNull(active.get(layer), () -> "the basis has no layer " + layer);
  }

  /** The input of the unembedding {@code [pos, d_embedding]}, in the caller's scope. */
  public Tensor finalHidden() {
    return value(Tap.of(Site.FINAL_HIDDEN)).select(0, 0);
  }

  /**
   * How much of the value at the own targets of the basis its features do not reconstruct: Σ
   * ‖error‖² over Σ ‖value − mean‖², over all layers and positions.
   */
  public double unexplained() {
    double left = 0;
    double all = 0;
    try (LocalReplacement replacement =
            LocalReplacement.of(basis, tap -> value(tap).select(0, 0), 0);
        var _ = NativeScope.open()) {
      for (int layer : basis.layers()) {
        Tensor value = value(basis.writes(layer).getFirst()).select(0, 0);
        left += replacement.error(layer).square().sum().item();
        all += value.minus(value.mean(true, 0)).square().sum().item();
      }
    }
    return all == 0 ? 0 : left / all;
  }

  /** The value at a kept site, with a batch axis of 1. */
  Tensor value(Tap tap) {
    return Objects.requireNonNull(kept.get(tap), () -> "the run did not keep " + tap);
  }

  /** The kept denominators of norms. */
  List<Tap> scales() {
    return kept.keySet().stream().filter(tap -> tap.site().name().endsWith("_SCALE")).toList();
  }

  /** The factor from a neuron's linear part to what it writes: {@code [1, pos, d_mlp]}. */
  Tensor gain(int layer) {
    ModelConfig config = model.config();
    ModelWeights.Mlp mlp = model.weights().layer(layer).mlp();
    Tensor read = value(new Tap(Site.MLP_PRE, layer));
    Tensor activation = config.activation().of(read);
    if (mlp.gate() != null) {
      return activation;
    }
    Tensor zero = read.equalTo(Tensor.zeros(read.dtype(), 1));
    // act(h)/h tends to act'(0) at 0: one half for GELU and SiLU; a ReLU unit at exactly 0 is off.
    double atZero = config.activation() == Activation.RELU ? 0 : 0.5;
    return activation.dividedBy(read).maskedFill(zero, atZero);
  }

  @Override
  public void close() {
    kept.values().forEach(Tensor::close);
    kept.clear();
  }
}
