package dev.loupe.dictionary;

import dev.loupe.model.Hooks;
import dev.loupe.model.ModelConfig;
import dev.loupe.model.Neurons;
import dev.loupe.model.Routing;
import dev.loupe.model.Site;
import dev.loupe.model.Tap;
import dev.loupe.model.TokenBatch;
import dev.loupe.model.Transformer;
import dev.loupe.model.run.Held;
import dev.loupe.model.run.Recording;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;

/**
 * One run of the unchanged model, with what interventions may hold at its values: attention
 * patterns, norm denominators, the values where a basis reads and writes, and the gains of neurons
 * that no feature replaces. Patterns grow with the square of the prompt. Owns native memory.
 */
public final class UnchangedRun implements AutoCloseable {
  private final Transformer model;
  private final FeatureBasis basis;
  private final Recording recording;
  private final Map<Integer, SparseActivations> active = new TreeMap<>();

  private UnchangedRun(Transformer model, FeatureBasis basis, Recording recording) {
    this.model = model;
    this.basis = basis;
    this.recording = recording;
  }

  /**
   * Runs the model once.
   *
   * @param freezing for which its values are kept; those for {@link Freezing#DIRECT} serve all
   * @throws dev.loupe.fault.LoupeException if the dictionary holds numbers that are not finite
   */
  public static UnchangedRun of(
      Transformer model, FeatureBasis basis, Freezing freezing, int... ids) {
    Recording recording =
        Recording.of(
            taps(model, basis, freezing), hooks -> model.observe(TokenBatch.of(ids), hooks));
    UnchangedRun run = new UnchangedRun(model, basis, recording);
    boolean whole = false;
    try (var _ = NativeScope.open()) {
      for (int layer : basis.layers()) {
        run.active.put(layer, basis.encode(layer, run.at(basis.reads(layer))));
      }
      whole = true;
      return run;
    } finally {
      if (!whole) {
        run.close();
      }
    }
  }

  private static Set<Tap> taps(Transformer model, FeatureBasis basis, Freezing freezing) {
    Set<Tap> taps = new HashSet<>(LocalReplacement.taps(basis));
    for (int layer = 0; layer < model.config().layers(); layer++) {
      if (freezing.holdsPatterns()) {
        taps.add(new Tap(Site.ATTN_PATTERN, layer));
        taps.add(new Tap(Site.VALUE_GAIN, layer));
      }
      for (Site scale : Site.LAYER_NORM_SCALES) {
        if (freezing.holdsNorms()) {
          taps.add(new Tap(scale, layer));
        }
      }
      if (freezing == Freezing.DIRECT && !replaces(basis, new Tap(Site.MLP_OUT, layer))) {
        taps.add(new Tap(Site.MLP_PRE, layer));
        taps.add(new Tap(Site.MLP_UP, layer));
        taps.add(new Tap(Site.ROUTER_WEIGHTS, layer));
      }
    }
    if (freezing.holdsNorms()) {
      taps.add(Tap.of(Site.EMBEDDING_NORM_SCALE));
      taps.add(Tap.of(Site.FINAL_NORM_SCALE));
    }
    taps.add(Tap.of(Site.FINAL_HIDDEN));
    return taps;
  }

  /** Whether the place is the own target of a layer of the basis. */
  static boolean replaces(FeatureBasis basis, Tap place) {
    return basis.layers().stream().anyMatch(layer -> basis.writes(layer).getFirst().equals(place));
  }

  /** The active features of a layer. */
  public SparseActivations active(int layer) {
    return Objects.requireNonNull(active.get(layer), () -> "the basis has no layer " + layer);
  }

  /** The input of the unembedding {@code [pos, d_embedding]}. */
  public Tensor finalHidden() {
    return at(Tap.of(Site.FINAL_HIDDEN));
  }

  /**
   * How much of the value at the own targets of the basis its features do not reconstruct: Σ
   * ‖error‖² over Σ ‖value − mean‖², over all layers and positions.
   */
  public double unexplained() {
    double left = 0;
    double all = 0;
    try (LocalReplacement replacement = LocalReplacement.of(basis, this::at, 0);
        var _ = NativeScope.open()) {
      for (int layer : basis.layers()) {
        Tensor value = at(basis.writes(layer).getFirst());
        left += replacement.error(layer).square().sum().item();
        all += value.minus(value.mean(true, 0)).square().sum().item();
      }
    }
    return all == 0 ? 0 : left / all;
  }

  /** The value at a kept site, without a batch axis. */
  Tensor at(Tap tap) {
    return recording.at(tap);
  }

  /**
   * Attention patterns, denominators and gains of neurons as they were.
   *
   * @param freezing which of them
   */
  Hooks holding(Freezing freezing) {
    Hooks hooks = freezing.holdsPatterns() ? Held.patterns(recording) : Hooks.NONE;
    if (freezing == Freezing.DIRECT) {
      for (int layer = 0; layer < model.config().layers(); layer++) {
        int number = layer;
        if (!replaces(basis, new Tap(Site.MLP_OUT, layer))) {
          hooks = hooks.and(Held.gains(recording, layer, () -> gain(number)));
        }
      }
    }
    return freezing.holdsNorms() ? hooks.and(Held.norms(recording)) : hooks;
  }

  /** The factor from a neuron's linear part to what it writes: {@code [pos, d_mlp]}. */
  private Tensor gain(int layer) {
    Tensor read = at(new Tap(Site.MLP_PRE, layer));
    Tensor up = recording.find(new Tap(Site.MLP_UP, layer));
    if (up == null) {
      return model.config().activation().gain(read, model.config().activation().of(read));
    }
    Tensor gain = Neurons.gain(model.config(), read, up);
    ModelConfig.MixtureShape mixture = model.config().mixtures().get(layer);
    return mixture == null
        ? gain
        : gain.times(Routing.ofEachUnit(mixture, at(new Tap(Site.ROUTER_WEIGHTS, layer))));
  }

  @Override
  public void close() {
    recording.close();
  }
}
