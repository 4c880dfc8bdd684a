package dev.loupe.dictionary;

import dev.loupe.fault.LoupeException;
import dev.loupe.model.Tap;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * One run of a model written in features (Ameisen et al. 2025, "local replacement model"): at the
 * own target of each layer of the basis, the model's value is the reconstruction plus an error that
 * is held as a constant.
 *
 * <p>At the first {@code held} positions nothing is decomposed into features: the model's value
 * there, minus what a skip matrix passes, is one constant. Owns native memory.
 */
public final class LocalReplacement implements AutoCloseable {
  private final FeatureBasis basis;
  private final int held;
  private final Map<Integer, SparseActivations> active = new TreeMap<>();
  private final Map<Integer, int[]> heldActive = new TreeMap<>();
  private final Map<Integer, Tensor> errors = new TreeMap<>();
  private final Map<Integer, Tensor> constants = new TreeMap<>();

  private LocalReplacement(FeatureBasis basis, int held) {
    this.basis = basis;
    this.held = held;
  }

  /** The places of a run that {@link #of} asks for: where layers read, and their own targets. */
  public static Set<Tap> taps(FeatureBasis basis) {
    Set<Tap> taps = new LinkedHashSet<>();
    for (int layer : basis.layers()) {
      taps.add(basis.reads(layer));
      taps.add(basis.writes(layer).getFirst());
    }
    return taps;
  }

  /**
   * Writes a run in features.
   *
   * @param values of the run at {@link #taps}, {@code [pos, d_model]}
   * @param held positions from the first that are not written in features
   * @throws LoupeException if the dictionary or the run holds numbers that are not finite
   */
  public static LocalReplacement of(FeatureBasis basis, Function<Tap, Tensor> values, int held) {
    LocalReplacement replacement = new LocalReplacement(basis, held);
    boolean whole = false;
    try {
      for (int layer : basis.layers()) {
        SparseActivations all = basis.encode(layer, values.apply(basis.reads(layer)));
        replacement.heldActive.put(
            layer, IntStream.range(0, held).map(at -> all.start(at + 1) - all.start(at)).toArray());
        replacement.active.put(layer, all.from(held));
      }
      for (int layer : basis.layers()) {
        replacement.complete(layer, values);
      }
      whole = true;
      return replacement;
    } finally {
      if (!whole) {
        replacement.close();
      }
    }
  }

  private void complete(int layer, Function<Tap, Tensor> values) {
    try (var _ = NativeScope.open()) {
      Tensor input = values.apply(basis.reads(layer));
      Tensor value = values.apply(basis.writes(layer).getFirst()).to(basis.dtype());
      Tensor error = value.minus(basis.reconstruct(layer, this::active, input));
      Tensor constant = value.slice(0, 0, held);
      Optional<Tensor> skip = basis.skip(layer);
      if (skip.isPresent()) {
        constant =
            constant.minus(input.slice(0, 0, held).to(basis.dtype()).linear(skip.get(), null));
      }
      error.slice(0, 0, held).fillInPlace(0);
      errors.put(layer, error.retain());
      constants.put(layer, constant.copy().retain());
    }
  }

  private static <T> T of(Map<Integer, T> parts, int layer) {
    T part = parts.get(layer);
    if (part == null) {
      throw new IllegalArgumentException("the basis has no layer " + layer);
    }
    return part;
  }

  /** What counts as a feature. */
  public FeatureBasis basis() {
    return basis;
  }

  /** Positions from the first that are not written in features. */
  public int held() {
    return held;
  }

  /** The active features of a layer, none at held positions. */
  public SparseActivations active(int layer) {
    return of(active, layer);
  }

  /** How many features of a layer are active at a position, held or not. */
  public int activeAt(int layer, int position) {
    SparseActivations followed = active(layer);
    return position < held
        ? of(heldActive, layer)[position]
        : followed.start(position + 1) - followed.start(position);
  }

  /** Active features over all layers and positions, held ones left out. */
  public long count() {
    return active.values().stream().mapToLong(SparseActivations::count).sum();
  }

  /**
   * The model's value minus the reconstruction, at the layer's own target: {@code [pos, d_model]}.
   */
  public Tensor error(int layer) {
    return of(errors, layer);
  }

  /** The value at the held positions of the layer's own target: {@code [held, d_model]}. */
  public Tensor constant(int layer) {
    return of(constants, layer);
  }

  /**
   * The same features for another input of their layer: as active as the run's gains make them,
   * whatever their thresholds.
   *
   * @param input at the place where the layer reads, {@code [pos, d_model]}
   */
  public SparseActivations again(int layer, Tensor input) {
    SparseActivations once = active(layer);
    double[] read = new double[once.count()];
    for (int position = held; position < once.positions(); position++) {
      int from = once.start(position);
      int[] features = once.features(from, once.start(position + 1)).toArray();
      if (features.length > 0) {
        try (var _ = NativeScope.open()) {
          Tensor rows = basis.encoderRows(layer, features);
          Tensor row = input.slice(0, position, position + 1L).to(basis.dtype());
          double[] values = row.linear(rows, basis.encoderBiases(layer, features)).toDoubles();
          System.arraycopy(values, 0, read, from, values.length);
        }
      }
    }
    return once.reading(read);
  }

  /**
   * What the replacement has at a layer's own target, {@code [pos, d_model]}.
   *
   * @param activations of each layer that writes there
   * @param input at the place where the layer reads
   */
  public Tensor value(int layer, IntFunction<SparseActivations> activations, Tensor input) {
    try (var scope = NativeScope.open()) {
      Tensor value = basis.reconstruct(layer, activations, input).plus(error(layer));
      if (held > 0) {
        Tensor fixed = constant(layer);
        Optional<Tensor> skip = basis.skip(layer);
        if (skip.isPresent()) {
          fixed = fixed.plus(input.slice(0, 0, held).to(basis.dtype()).linear(skip.get(), null));
        }
        value.slice(0, 0, held).copyInPlace(fixed);
      }
      return scope.keep(value);
    }
  }

  /** The layer whose own target the place is. */
  public Optional<Integer> replacedBy(Tap place) {
    return basis.layers().stream()
        .filter(layer -> basis.writes(layer).getFirst().equals(place))
        .findFirst();
  }

  /** The layers that write to the place, rising. */
  public List<Integer> writers(Tap place) {
    List<Integer> writers = new ArrayList<>(basis.layers());
    writers.removeIf(layer -> !basis.writes(layer).contains(place));
    return writers;
  }

  @Override
  public void close() {
    errors.values().forEach(Tensor::close);
    constants.values().forEach(Tensor::close);
    errors.clear();
    constants.clear();
  }
}
