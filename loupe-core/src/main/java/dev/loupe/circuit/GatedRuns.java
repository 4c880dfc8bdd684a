package dev.loupe.circuit;

import dev.loupe.dictionary.Dictionary;
import dev.loupe.dictionary.FeatureBasis;
import dev.loupe.dictionary.FeatureId;
import dev.loupe.dictionary.NeuronBasis;
import dev.loupe.dictionary.Selection;
import dev.loupe.model.Hooks;
import dev.loupe.model.Site;
import dev.loupe.model.Tap;
import dev.loupe.model.TokenBatch;
import dev.loupe.model.Transformer;
import dev.loupe.task.Metric;
import dev.loupe.task.TokenPair;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Runs in which each of some candidates is kept in part: a gate g on it at every position, a' = ã +
 * g · (a − ã), and their derivatives by the gates. With gates of 0 and 1 they are those of {@link
 * CircuitRuns}, as long as no feature that is no candidate is active in them: such a feature is
 * left as it comes out, or goes with the error of the layers that it writes to. Owns native memory.
 */
final class GatedRuns implements AutoCloseable {
  private final Transformer model;
  private final FeatureBasis basis;
  private final Errors errors;
  private final Metric metric;

  /** By layer, rising. */
  private final SortedMap<Integer, int[]> columns = new TreeMap<>();

  /** Layers whose error is a candidate, rising. */
  private final int[] errorLayers;

  private final Map<Integer, Tensor> encoders = new HashMap<>();
  private final Map<Integer, Tensor> biases = new HashMap<>();
  private final Map<Integer, Tensor> thresholds = new HashMap<>();
  private final Map<Integer, Map<Tap, Tensor>> decoders = new HashMap<>();
  private final List<Tensor> held = new ArrayList<>();
  private final IdentityHashMap<TokenPair, Map<Integer, Tensor>> references =
      new IdentityHashMap<>();

  /**
   * Some candidates.
   *
   * @param candidates each at every position; errors of layers only where errors are nodes
   */
  GatedRuns(
      Transformer model,
      FeatureBasis basis,
      Errors errors,
      Metric metric,
      Collection<FeatureId> candidates) {
    this.model = model;
    this.basis = basis;
    this.errors = errors;
    this.metric = metric;
    Map<Integer, TreeSet<Integer>> byLayer = new HashMap<>();
    candidates.stream()
        .filter(id -> !id.isError())
        .forEach(id -> byLayer.computeIfAbsent(id.layer(), _ -> new TreeSet<>()).add(id.feature()));
    this.errorLayers =
        candidates.stream()
            .filter(FeatureId::isError)
            .mapToInt(FeatureId::layer)
            .sorted()
            .distinct()
            .toArray();
    try (var _ = NativeScope.open()) {
      byLayer.forEach((layer, features) -> {
        int[] numbers = features.stream().mapToInt(Integer::intValue).toArray();
        columns.put(layer, numbers);
        if (!isNeurons()) {
          encoders.put(layer, hold(basis.encoderRows(layer, numbers)));
          biases.put(layer, hold(basis.encoderBiases(layer, numbers)));
          thresholds.put(layer, hold(basis.thresholds(layer, numbers)));
          Map<Tap, Tensor> rows = new HashMap<>();
          for (Tap target : basis.writes(layer)) {
            rows.put(target, hold(basis.decoderRows(layer, target, numbers)));
          }
          decoders.put(layer, rows);
        }
      });
    }
  }

  private boolean isNeurons() {
    return basis instanceof NeuronBasis;
  }

  /** The reference activations of a pair by layer, {@code [pos, column]}; of all neurons. */
  private Map<Integer, Tensor> references(Prepared.Item item) {
    return references.computeIfAbsent(
        item.pair(),
        pair -> {
          Map<Integer, Tensor> all = new HashMap<>();
          try (var _ = NativeScope.open()) {
            for (int layer : basis.layers()) {
              int[] numbers =
                  isNeurons()
                      ? IntStream.range(0, basis.features(layer)).toArray()
                      : columns.getOrDefault(layer, new int[0]);
              double[] values = new double[pair.length() * numbers.length];
              for (int i = 0; i < values.length; i++) {
                values[i] =
                    item.reference().value(layer, i / numbers.length, numbers[i % numbers.length]);
              }
              all.put(
                  layer,
                  hold(Tensor.of(values, pair.length(), numbers.length).to(basis.dtype()).copy()));
            }
          }
          return all;
        });
  }

  private Tensor hold(Tensor tensor) {
    held.add(tensor.retain());
    return tensor;
  }

  /** The candidates in the order of the gates: by layer and number, errors last. */
  List<FeatureId> candidates() {
    List<FeatureId> all = new ArrayList<>();
    columns.forEach((layer, numbers) ->
        Arrays.stream(numbers).forEach(number -> all.add(new FeatureId(layer, number))));
    Arrays.stream(errorLayers).forEach(layer -> all.add(FeatureId.error(layer)));
    return all;
  }

  /**
   * Runs pairs of one length in one batch, forth and back.
   *
   * @param gates in the order of {@link #candidates}
   * @param loss the derivative of a loss by the metric of each pair, given these
   * @return the derivative of the loss by each gate
   */
  double[] slopes(List<Prepared.Item> items, double[] gates, UnaryOperator<double[]> loss) {
    try (var _ = NativeScope.open();
        Pass pass = new Pass(items, gates)) {
      TokenBatch tokens =
          TokenBatch.of(items.stream().map(item -> item.pair().clean()).toArray(int[][]::new));
      Tensor hidden = model.hidden(tokens, pass.hooks(), null);
      Tensor logits = model.unembed(hidden.slice(1, hidden.size(1) - 1L, hidden.size(1)));
      double[] flat = logits.toDoubles();
      int width = flat.length / items.size();
      double[] values = new double[items.size()];
      double[][] each = new double[items.size()][];
      for (int i = 0; i < each.length; i++) {
        each[i] = Arrays.copyOfRange(flat, i * width, (i + 1) * width);
        values[i] = metric.value(each[i], items.get(i).pair(), items.get(i).clean().logits());
      }
      double[] factors = loss.apply(values);
      for (int i = 0; i < each.length; i++) {
        double[] slope = metric.slope(each[i], items.get(i).pair(), items.get(i).clean().logits());
        for (int token = 0; token < width; token++) {
          flat[i * width + token] = factors[i] * slope[token];
        }
      }
      logits.times(Tensor.of(flat, logits.shape()).to(logits.dtype())).sum().backward();
      return pass.slopes();
    }
  }

  /** One run forth and back; what must outlive a hook is retained until it is closed. */
  private final class Pass implements AutoCloseable {
    private final List<Prepared.Item> items;
    private final int length;
    private final Map<Integer, Tensor> gates = new TreeMap<>();
    private final Map<Integer, Tensor> errorGates = new TreeMap<>();
    private final Map<Integer, Tensor> inputs = new HashMap<>();
    private final Map<Integer, Tensor> written = new HashMap<>();
    private final Map<Integer, Tensor> actives = new HashMap<>();
    private final List<Tensor> alive = new ArrayList<>();

    Pass(List<Prepared.Item> items, double[] all) {
      this.items = items;
      this.length = items.getFirst().pair().length();
      int from = 0;
      for (Map.Entry<Integer, int[]> layer : columns.entrySet()) {
        int to = from + layer.getValue().length;
        Tensor gate =
            Tensor.of(Arrays.copyOfRange(all, from, to), 1, 1, to - from).to(basis.dtype());
        gates.put(layer.getKey(), keep(gate.copy().requiringGradient()));
        from = to;
      }
      for (int layer : errorLayers) {
        Tensor gate = Tensor.of(new double[] {all[from]}, 1, 1, 1).to(basis.dtype());
        errorGates.put(layer, keep(gate.copy().requiringGradient()));
        from++;
      }
    }

    private Tensor keep(Tensor tensor) {
      alive.add(tensor.retain());
      return tensor;
    }

    Hooks hooks() {
      Hooks hooks = Hooks.NONE;
      for (int layer : basis.layers()) {
        hooks =
            isNeurons()
                ? hooks.and(
                    Hooks.replace(new Tap(Site.MLP_POST, layer), post -> neurons(layer, post)))
                : hooks
                    .and(Hooks.observe(basis.reads(layer), value -> inputs.put(layer, keep(value))))
                    .and(
                        Hooks.replace(
                            basis.writes(layer).getFirst(), value -> features(layer, value)));
      }
      return hooks;
    }

    /** The reference activations {@code [pair, pos, column]}. */
    private Tensor reference(int layer) {
      return Tensor.stack(
          items.stream()
              .map(item -> references(item).get(layer))
              .map(Objects::requireNonNull)
              .toList(),
          0);
    }

    /** Neurons that are no candidates get their reference values. */
    private Tensor neurons(int layer, Tensor post) {
      int[] numbers = columns.getOrDefault(layer, new int[0]);
      int units = post.size(2);
      Tensor other = reference(layer).to(post.dtype());
      Tensor gate = gates.get(layer);
      if (gate == null) {
        return keep(other);
      }
      Tensor change = post.minus(other);
      if (numbers.length == units) {
        return keep(other.plus(change.times(gate)));
      }
      double[] spread = new double[numbers.length * units];
      for (int i = 0; i < numbers.length; i++) {
        spread[i * units + numbers[i]] = 1;
      }
      Tensor wide =
          gate.matmul(Tensor.of(spread, numbers.length, units).to(basis.dtype())).to(post.dtype());
      return keep(other.plus(change.times(wide)));
    }

    private Tensor features(int layer, Tensor value) {
      int[] numbers = columns.getOrDefault(layer, new int[0]);
      Tensor input = Objects.requireNonNull(inputs.get(layer)).to(basis.dtype());
      Tensor gate = gates.get(layer);
      if (gate != null) {
        Tensor pre =
            input.linear(
                Objects.requireNonNull(encoders.get(layer)),
                Objects.requireNonNull(biases.get(layer)));
        Tensor active = pre.times(on(layer, input, pre, numbers));
        if (errors == Errors.NODES) {
          actives.put(layer, keep(active));
        }
        Tensor reference = reference(layer);
        Tensor kept = active.minus(reference).times(gate);
        written.put(
            layer,
            keep(
                errors == Errors.KEPT ? kept.minus(active).plus(reference) : kept.plus(reference)));
      }
      Tap target = basis.writes(layer).getFirst();
      Tensor sum =
          switch (errors) {
            case KEPT -> value.to(basis.dtype());
            case REMOVED -> passed(layer, input);
            case ABLATED -> passed(layer, input).plus(errors(target));
            case NODES -> passed(layer, input).plus(gatedError(layer, input, target, value));
          };
      sum = plusWritten(sum, written, target);
      return keep(sum.expand(value.shape()).to(value.dtype()));
    }

    /** What the candidates of all layers write at a target, by their values. */
    private Tensor plusWritten(Tensor sum, Map<Integer, Tensor> values, Tap target) {
      Tensor all = sum;
      for (int source : basis.layers()) {
        Tensor each = values.get(source);
        if (each != null && basis.writes(source).contains(target)) {
          Tensor rows =
              Objects.requireNonNull(Objects.requireNonNull(decoders.get(source)).get(target));
          all = all.plus(each.matmul(rows));
        }
      }
      return all;
    }

    /** ε̃ + g · (ε − ε̃). */
    private Tensor gatedError(int layer, Tensor input, Tap target, Tensor value) {
      Tensor reference = errors(target);
      Tensor gate = errorGates.get(layer);
      if (gate == null) {
        return reference;
      }
      Tensor own =
          value.to(basis.dtype()).minus(plusWritten(passed(layer, input), actives, target));
      return reference.plus(own.minus(reference).times(gate));
    }

    private Tensor passed(int layer, Tensor input) {
      return basis
          .skip(layer)
          .map(skip -> input.linear(skip, basis.bias(layer)))
          .orElseGet(() -> basis.bias(layer).unsqueeze(0).unsqueeze(0));
    }

    private Tensor errors(Tap target) {
      return Tensor.stack(
          items.stream()
              .map(item -> {
                Tensor error = item.reference().error(target);
                return error.size(0) == length ? error : error.expand(length, error.size(1));
              })
              .toList(),
          0);
    }

    /** 1 where a feature is active, without a derivative of its own. */
    private Tensor on(int layer, Tensor input, Tensor pre, int[] numbers) {
      if (basis instanceof Dictionary dictionary
          && dictionary.parts(layer).selection() instanceof Selection.TopK) {
        Tensor rows = input.reshape(input.count() / input.size(2), input.size(2));
        Tensor chosen =
            basis.encode(layer, rows).dense(basis.dtype()).indexSelect(1, Tensor.indices(numbers));
        return chosen
            .equalTo(Tensor.zeros(basis.dtype(), 1))
            .not()
            .to(basis.dtype())
            .reshape(pre.shape());
      }
      return pre.greaterThan(Objects.requireNonNull(thresholds.get(layer))).to(basis.dtype());
    }

    /** In the order of {@link GatedRuns#candidates}. */
    double[] slopes() {
      return Stream.concat(gates.values().stream(), errorGates.values().stream())
          .flatMapToDouble(gate -> Arrays.stream(gate.gradient().toDoubles()))
          .toArray();
    }

    @Override
    public void close() {
      alive.forEach(Tensor::close);
    }
  }

  @Override
  public void close() {
    held.forEach(Tensor::close);
    held.clear();
  }
}
