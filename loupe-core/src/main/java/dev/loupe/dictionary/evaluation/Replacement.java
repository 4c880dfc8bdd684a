package dev.loupe.dictionary.evaluation;

import dev.loupe.dictionary.FeatureBasis;
import dev.loupe.dictionary.SparseActivations;
import dev.loupe.model.Hooks;
import dev.loupe.model.Tap;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A model that continues with what a dictionary reconstructs, as hooks: features read the stream of
 * the replaced run, so that the errors of earlier layers take effect. For a transcoder of all
 * layers this is the replacement model of Ameisen et al. 2025, at every position.
 */
public final class Replacement implements AutoCloseable {
  private final FeatureBasis basis;
  private final List<Integer> layers;
  private final Map<Integer, SparseActivations> active = new HashMap<>();
  private final Map<Integer, Tensor> inputs = new HashMap<>();

  private Replacement(FeatureBasis basis, List<Integer> layers) {
    this.basis = basis;
    this.layers = layers;
  }

  /** Replaces every layer of a basis. */
  public static Replacement of(FeatureBasis basis) {
    return of(basis, basis.layers());
  }

  /** Replaces some layers. */
  public static Replacement of(FeatureBasis basis, List<Integer> layers) {
    return new Replacement(basis, layers);
  }

  /** Hooks for any number of runs, one at a time, until this is closed. */
  public Hooks hooks() {
    return layers.stream().map(this::hooks).reduce(Hooks.NONE, Hooks::and);
  }

  private Hooks hooks(int layer) {
    Tap reads = basis.reads(layer);
    Tap writes = basis.writes(layer).getFirst();
    if (reads.equals(writes)) {
      return Hooks.replace(
          writes,
          value -> {
            read(layer, value);
            return written(layer, value);
          });
    }
    return Hooks.observe(reads, value -> read(layer, value))
        .and(Hooks.replace(writes, value -> written(layer, value)));
  }

  private void read(int layer, Tensor value) {
    if (layer == layers.getFirst()) {
      active.clear();
      forgetInputs();
    }
    try (var _ = NativeScope.open()) {
      Tensor flat = value.reshape(-1, value.size(-1));
      active.put(layer, basis.encode(layer, flat));
      inputs.put(layer, flat.copy().retain());
    }
  }

  private Tensor written(int layer, Tensor value) {
    try (var scope = NativeScope.open()) {
      Tensor input = inputs.get(layer);
      if (input == null) {
        throw new IllegalStateException("layer " + layer + " was not read");
      }
      Tensor sum = basis.reconstruct(layer, this::activeAt, input);
      if (layer == layers.getLast()) {
        forgetInputs();
      }
      return scope.keep(sum.to(value.dtype()).reshape(value.shape()));
    }
  }

  private SparseActivations activeAt(int layer) {
    SparseActivations found = active.get(layer);
    if (found == null) {
      throw new IllegalStateException("layer " + layer + " was not read");
    }
    return found;
  }

  /** Gives back what a run that ended early left behind. */
  @Override
  public void close() {
    forgetInputs();
  }

  private void forgetInputs() {
    inputs.values().forEach(Tensor::close);
    inputs.clear();
  }
}
