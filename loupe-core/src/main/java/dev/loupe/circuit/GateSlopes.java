package dev.loupe.circuit;

import dev.loupe.dictionary.Dictionary;
import dev.loupe.dictionary.FeatureBasis;
import dev.loupe.dictionary.NeuronBasis;
import dev.loupe.dictionary.Selection;
import dev.loupe.model.Hooks;
import dev.loupe.model.Site;
import dev.loupe.model.Tap;
import dev.loupe.model.TokenBatch;
import dev.loupe.model.Transformer;
import dev.loupe.task.Metric;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;

/**
 * What each feature of a circuit is worth in the circuit's own run, to first order: the derivative
 * of the metric by a gate g on the feature at every position, a' = ã + g · (a − ã), at g = 1. The
 * derivative goes through the features of later layers that the circuit keeps, and through no
 * others. Errors that are kept are held at those of the model's own run. Owns native memory.
 */
final class GateSlopes implements AutoCloseable {
  private final Transformer model;
  private final FeatureBasis basis;
  private final Errors errors;
  private final Metric metric;
  private final Map<Integer, int[]> columns = new HashMap<>();
  private final Map<Integer, Tensor> encoders = new HashMap<>();
  private final Map<Integer, Tensor> biases = new HashMap<>();
  private final Map<Integer, Tensor> thresholds = new HashMap<>();
  private final Map<Integer, Map<Tap, Tensor>> decoders = new HashMap<>();
  private final List<Tensor> held = new ArrayList<>();

  /**
   * A circuit.
   *
   * @param kept its features by layer, each at every position
   */
  GateSlopes(
      Transformer model,
      FeatureBasis basis,
      Errors errors,
      Metric metric,
      Map<Integer, BitSet> kept) {
    this.model = model;
    this.basis = basis;
    this.errors = errors;
    this.metric = metric;
    try (var _ = NativeScope.open()) {
      kept.forEach((layer, features) -> {
        int[] numbers = features.stream().toArray();
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

  private Tensor hold(Tensor tensor) {
    held.add(tensor.retain());
    return tensor;
  }

  /** The features of a layer that are kept, rising. */
  int[] columns(int layer) {
    return columns.getOrDefault(layer, new int[0]);
  }

  /**
   * The derivatives of one pair, by layer in the order of {@link #columns}.
   *
   * @param own the clean run's own values, as a reference
   */
  Map<Integer, double[]> of(Prepared.Item item, Reference own) {
    try (var _ = NativeScope.open();
        Pass pass = new Pass(item, own)) {
      Tensor hidden = model.hidden(TokenBatch.of(item.pair().clean()), pass.hooks(), null);
      Tensor logits = model.unembed(hidden.slice(1, hidden.size(1) - 1L, hidden.size(1)));
      double[] slope = metric.slope(logits.toDoubles(), item.pair(), item.clean().logits());
      logits.times(Tensor.of(slope, logits.shape()).to(logits.dtype())).sum().backward();
      return pass.slopes();
    }
  }

  /** One run forth and back; what must outlive a hook is retained until it is closed. */
  private final class Pass implements AutoCloseable {
    private final Prepared.Item item;
    private final Reference own;
    private final Map<Integer, Tensor> inputs = new HashMap<>();
    private final Map<Integer, Tensor> changes = new HashMap<>();
    private final Map<Integer, Tensor> gates = new HashMap<>();
    private final List<Tensor> alive = new ArrayList<>();

    Pass(Prepared.Item item, Reference own) {
      this.item = item;
      this.own = own;
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
                    .and(
                        Hooks.observe(
                            basis.reads(layer),
                            value -> inputs.put(layer, keep(value.select(0, 0)))))
                    .and(
                        Hooks.replace(
                            basis.writes(layer).getFirst(), value -> features(layer, value)));
      }
      return hooks;
    }

    /** The reference activations {@code [pos, column]}. */
    private Tensor reference(int layer, int[] numbers) {
      int positions = item.pair().length();
      double[] values = new double[positions * numbers.length];
      for (int i = 0; i < values.length; i++) {
        values[i] = item.reference().value(layer, i / numbers.length, numbers[i % numbers.length]);
      }
      return Tensor.of(values, positions, numbers.length).to(basis.dtype());
    }

    private Tensor neurons(int layer, Tensor post) {
      int units = post.size(2);
      int[] all = IntStream.range(0, units).toArray();
      double[] mask = new double[units];
      for (int unit : columns(layer)) {
        mask[unit] = 1;
      }
      Tensor gate = Tensor.of(mask, 1, units).to(post.dtype()).copy().requiringGradient();
      gates.put(layer, keep(gate));
      Tensor other = reference(layer, all).unsqueeze(0);
      return keep(other.plus(post.minus(other).times(gate)));
    }

    private Tensor features(int layer, Tensor value) {
      int[] numbers = columns(layer);
      Tensor input = Objects.requireNonNull(inputs.get(layer)).to(basis.dtype());
      Tap target = basis.writes(layer).getFirst();
      if (numbers.length > 0) {
        Tensor pre =
            input.linear(
                Objects.requireNonNull(encoders.get(layer)),
                Objects.requireNonNull(biases.get(layer)));
        Tensor active = pre.times(on(layer, input, pre, numbers));
        Tensor gate =
            Tensor.of(ones(numbers.length), 1, numbers.length)
                .to(basis.dtype())
                .copy()
                .requiringGradient();
        gates.put(layer, keep(gate));
        changes.put(layer, keep(active.minus(reference(layer, numbers)).times(gate)));
      }
      Tensor sum =
          basis
              .skip(layer)
              .map(skip -> input.linear(skip, basis.bias(layer)))
              .orElseGet(() -> basis.bias(layer).unsqueeze(0))
              .plus(item.reference().decoded(target));
      sum =
          switch (errors) {
            case KEPT -> sum.plus(own.error(target));
            case REMOVED -> sum;
            case ABLATED -> sum.plus(item.reference().error(target));
          };
      for (int source : basis.layers()) {
        Tensor change = changes.get(source);
        if (change != null && basis.writes(source).contains(target)) {
          Tensor rows =
              Objects.requireNonNull(Objects.requireNonNull(decoders.get(source)).get(target));
          sum = sum.plus(change.matmul(rows));
        }
      }
      return keep(sum.expand(value.size(1), value.size(2)).unsqueeze(0).to(value.dtype()));
    }

    /** 1 where a feature is active, without a derivative of its own. */
    private Tensor on(int layer, Tensor input, Tensor pre, int[] numbers) {
      if (basis instanceof Dictionary dictionary
          && dictionary.parts(layer).selection() instanceof Selection.TopK) {
        Tensor active = basis.encode(layer, input).dense(basis.dtype());
        Tensor chosen = active.indexSelect(1, Tensor.indices(numbers));
        return chosen.equalTo(Tensor.zeros(basis.dtype(), 1)).not().to(basis.dtype());
      }
      return pre.greaterThan(Objects.requireNonNull(thresholds.get(layer))).to(basis.dtype());
    }

    Map<Integer, double[]> slopes() {
      Map<Integer, double[]> slopes = new HashMap<>();
      gates.forEach((layer, gate) -> {
        double[] all = gate.gradient().toDoubles();
        slopes.put(
            layer,
            isNeurons() ? Arrays.stream(columns(layer)).mapToDouble(i -> all[i]).toArray() : all);
      });
      return slopes;
    }

    @Override
    public void close() {
      alive.forEach(Tensor::close);
    }
  }

  private static double[] ones(int count) {
    double[] ones = new double[count];
    Arrays.fill(ones, 1);
    return ones;
  }

  @Override
  public void close() {
    held.forEach(Tensor::close);
    held.clear();
  }
}
