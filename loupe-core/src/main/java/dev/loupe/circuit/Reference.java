package dev.loupe.circuit;

import dev.loupe.dictionary.FeatureAt;
import dev.loupe.dictionary.FeatureBasis;
import dev.loupe.dictionary.FeatureId;
import dev.loupe.dictionary.SparseActivations;
import dev.loupe.fault.LoupeException;
import dev.loupe.model.Hooks;
import dev.loupe.model.Tap;
import dev.loupe.model.TokenBatch;
import dev.loupe.model.Transformer;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.ObjIntConsumer;
import java.util.stream.IntStream;

/**
 * What ablation puts in the place of values: an activation of each feature, what those write
 * together, and an error at each place that features write to. Owns native memory.
 */
public final class Reference implements AutoCloseable {
  private static final int TOKENS_AT_ONCE = 2048;

  /** By layer: activations {@code [pos][n_features]}; one row where all positions share theirs. */
  private final Map<Integer, double[][]> dense = new HashMap<>();

  private final Map<Integer, SparseActivations> sparse = new HashMap<>();

  /** Σ ã · decoder row at each target, without its bias: {@code [pos or 1, d_model]}. */
  private final Map<Tap, Tensor> decoded = new LinkedHashMap<>();

  /** The error at each target: {@code [pos or 1, d_model]}. */
  private final Map<Tap, Tensor> errors = new LinkedHashMap<>();

  private Optional<ClusterPool> pool = Optional.empty();

  private Reference() {}

  /** Zero for every feature and every error. */
  public static Reference zero(FeatureBasis basis) {
    Reference reference = new Reference();
    try (var _ = NativeScope.open()) {
      for (int layer : basis.layers()) {
        Tensor bias = basis.bias(layer);
        Tensor nothing = Tensor.zeros(basis.dtype(), 1, bias.size(0));
        Tap target = basis.writes(layer).getFirst();
        reference.decoded.put(target, nothing.retain());
        reference.errors.put(target, nothing.copy().retain());
      }
    }
    return reference;
  }

  /** The values in the run of another prompt of the same length. */
  public static Reference twin(Transformer model, FeatureBasis basis, int[] ids) {
    Reference reference = new Reference();
    boolean whole = false;
    try (var _ = NativeScope.open();
        Observed observed = new Observed(basis)) {
      model.observe(TokenBatch.of(ids), observed.hooks());
      reference.sparse.putAll(observed.active);
      for (int layer : basis.layers()) {
        Tap target = basis.writes(layer).getFirst();
        reference.decoded.put(target, observed.decoded(layer).retain());
        reference.errors.put(target, observed.error(layer).retain());
      }
      whole = true;
      return reference;
    } finally {
      if (!whole) {
        reference.close();
      }
    }
  }

  /**
   * Given activations, for runs in which these features are ablated and errors are kept; it knows
   * nothing of any other.
   *
   * @param values by feature, {@code [pos]}
   */
  public static Reference given(FeatureBasis basis, Map<FeatureId, double[]> values) {
    Reference reference = new Reference();
    values.forEach((feature, all) -> {
      double[][] layer =
          reference.dense.computeIfAbsent(
              feature.layer(), number -> new double[all.length][basis.features(number)]);
      for (int position = 0; position < all.length; position++) {
        layer[position][feature.feature()] = all[position];
      }
    });
    return reference;
  }

  /**
   * Means over reference prompts.
   *
   * @param byPosition whether each position has its own mean; the prompts then have one length
   * @throws LoupeException if the means are by position and the lengths differ
   */
  public static Reference mean(
      Transformer model, FeatureBasis basis, List<int[]> prompts, boolean byPosition) {
    int length = prompts.getFirst().length;
    if (byPosition && prompts.stream().anyMatch(ids -> ids.length != length)) {
      throw LoupeException.badInput(
          "the reference prompts have different lengths, and means are by position",
          "Ablate to the mean over all positions, or give prompts of one length.");
    }
    int rows = byPosition ? length : 1;
    long count = byPosition ? prompts.size() : prompts.stream().mapToLong(ids -> ids.length).sum();
    Reference reference = new Reference();
    Map<Tap, double[]> sums = new HashMap<>();
    basis
        .layers()
        .forEach(layer -> reference.dense.put(layer, new double[rows][basis.features(layer)]));
    for (List<int[]> group : TokenBatch.sameLength(prompts, TOKENS_AT_ONCE)) {
      for (int[] ids : group) {
        try (var _ = NativeScope.open();
            Observed observed = new Observed(basis)) {
          model.observe(TokenBatch.of(ids), observed.hooks());
          for (int layer : basis.layers()) {
            double[][] all = Objects.requireNonNull(reference.dense.get(layer));
            eachValue(
                observed.active(layer),
                (at, i) -> all[byPosition ? at[0] : 0][at[1]] += observed.value(layer, i) / count);
            Tensor error = observed.error(layer);
            double[] each = (byPosition ? error : error.sum(true, 0)).toDoubles();
            double[] sum =
                sums.computeIfAbsent(basis.writes(layer).getFirst(), _ -> new double[each.length]);
            for (int i = 0; i < each.length; i++) {
              sum[i] += each[i] / count;
            }
          }
        }
      }
    }
    reference.decode(basis, rows, sums);
    return reference;
  }

  /**
   * The values of positions of some prompts, drawn anew for each circuit by what it keeps ({@link
   * Ablation#CLUSTER}). What is not a circuit's run, scores and errors, gets their means.
   */
  public static Reference cluster(
      Transformer model, FeatureBasis basis, List<int[]> prompts, long seed) {
    Reference reference = mean(model, basis, prompts, false);
    boolean whole = false;
    try {
      List<PromptRun> runs = prompts.stream().map(ids -> PromptRun.of(model, basis, ids)).toList();
      reference.pool = Optional.of(new ClusterPool(runs, seed));
      whole = true;
      return reference;
    } finally {
      if (!whole) {
        reference.close();
      }
    }
  }

  /** Where a circuit's runs draw from, if they do. */
  Optional<ClusterPool> pool() {
    return pool;
  }

  private static void eachValue(SparseActivations active, ObjIntConsumer<int[]> use) {
    for (int position = 0; position < active.positions(); position++) {
      for (int i = active.start(position); i < active.start(position + 1); i++) {
        use.accept(new int[] {position, active.feature(i)}, i);
      }
    }
  }

  private void decode(FeatureBasis basis, int rows, Map<Tap, double[]> sums) {
    try (var _ = NativeScope.open()) {
      Map<Tap, Tensor> written = new HashMap<>();
      for (int layer : basis.layers()) {
        int width = basis.features(layer);
        double[] flat = new double[rows * width];
        double[][] all = Objects.requireNonNull(dense.get(layer));
        for (int row = 0; row < rows; row++) {
          System.arraycopy(all[row], 0, flat, row * width, width);
        }
        Tensor values = Tensor.of(flat, rows, width).to(basis.dtype());
        int[] features = IntStream.range(0, width).toArray();
        for (Tap target : basis.writes(layer)) {
          written.merge(
              target, values.matmul(basis.decoderRows(layer, target, features)), Tensor::plus);
        }
      }
      for (int layer : basis.layers()) {
        Tap target = basis.writes(layer).getFirst();
        double[] sum = Objects.requireNonNull(sums.get(target));
        decoded.put(target, Objects.requireNonNull(written.get(target)).retain());
        errors.put(
            target, Tensor.of(sum, rows, sum.length / rows).to(basis.dtype()).copy().retain());
      }
    }
  }

  /** A run in features, within a native scope. */
  private static final class Observed implements AutoCloseable {
    private final FeatureBasis basis;
    private final Map<Integer, SparseActivations> active = new TreeMap<>();
    private final Map<Integer, Tensor> inputs = new HashMap<>();
    private final Map<Tap, Tensor> values = new HashMap<>();
    private final Map<Tap, Tensor> sums = new HashMap<>();

    Observed(FeatureBasis basis) {
      this.basis = basis;
    }

    Hooks hooks() {
      Hooks hooks = Hooks.NONE;
      for (int layer : basis.layers()) {
        hooks =
            hooks.and(
                Hooks.observe(
                    basis.reads(layer),
                    value -> {
                      Tensor input = value.select(0, 0);
                      inputs.put(layer, input.copy().retain());
                      active.put(layer, basis.encode(layer, input));
                    }));
        Tap target = basis.writes(layer).getFirst();
        hooks =
            hooks.and(
                Hooks.observe(
                    target, value -> values.put(target, value.select(0, 0).copy().retain())));
      }
      return hooks;
    }

    SparseActivations active(int layer) {
      return Objects.requireNonNull(active.get(layer));
    }

    double value(int layer, int index) {
      return active(layer).value(index);
    }

    /** What all features write at a layer's own target. */
    Tensor decoded(int layer) {
      Tap target = basis.writes(layer).getFirst();
      return sums.computeIfAbsent(
          target,
          _ -> {
            List<Tensor> parts = new ArrayList<>();
            for (int source : basis.layers()) {
              if (basis.writes(source).contains(target)) {
                parts.add(basis.decode(source, active(source), target));
              }
            }
            return parts.stream().reduce(Tensor::plus).orElseThrow();
          });
    }

    /** In the scope that is open. */
    Tensor error(int layer) {
      Tensor value = Objects.requireNonNull(values.get(basis.writes(layer).getFirst()));
      Tensor input = Objects.requireNonNull(inputs.get(layer));
      Tensor passed =
          basis
              .skip(layer)
              .map(skip -> input.to(basis.dtype()).linear(skip, basis.bias(layer)))
              .orElseGet(() -> basis.bias(layer));
      return value.to(basis.dtype()).minus(passed).minus(decoded(layer));
    }

    @Override
    public void close() {
      values.values().forEach(Tensor::close);
      inputs.values().forEach(Tensor::close);
    }
  }

  /** The reference activation of a feature. */
  public double value(FeatureAt node) {
    return value(node.layer(), node.position(), node.feature());
  }

  double value(int layer, int position, int feature) {
    SparseActivations few = sparse.get(layer);
    if (few != null) {
      return few.at(position, feature);
    }
    double[][] all = dense.get(layer);
    return all == null ? 0 : all[all.length == 1 ? 0 : position][feature];
  }

  /** What the reference activations write at a target together: {@code [pos or 1, d_model]}. */
  Tensor decoded(Tap target) {
    return Objects.requireNonNull(decoded.get(target), () -> "nothing is written at " + target);
  }

  /** The reference error at a target: {@code [pos or 1, d_model]}. */
  Tensor error(Tap target) {
    return Objects.requireNonNull(errors.get(target), () -> "nothing is written at " + target);
  }

  /** How long the reference error of a layer is at each position, or at all of them. */
  public double[] errorLengths(FeatureBasis basis, int layer) {
    try (var _ = NativeScope.open()) {
      return error(basis.writes(layer).getFirst()).square().sum(false, 1).sqrt().toDoubles();
    }
  }

  @Override
  public void close() {
    decoded.values().forEach(Tensor::close);
    errors.values().forEach(Tensor::close);
    decoded.clear();
    errors.clear();
  }
}
