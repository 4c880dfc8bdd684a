package dev.loupe.circuit;

import dev.loupe.dictionary.Dictionary;
import dev.loupe.dictionary.FeatureBasis;
import dev.loupe.dictionary.Selection;
import dev.loupe.dictionary.SparseActivations;
import dev.loupe.model.Hooks;
import dev.loupe.model.Tap;
import dev.loupe.model.TokenBatch;
import dev.loupe.model.Transformer;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * Runs of the real model in which a circuit C follows the run and every other feature is ablated,
 * at every place of one forward pass (Marks et al. 2024, {@code run_with_ablations}):
 *
 * <pre>x' = bias + Σ_{f ∈ C} a_f · d_f + Σ_{f ∉ C} ã_f · d_f + ε'</pre>
 *
 * Activations a and errors ε are those of the run at hand, recomputed from the changed stream. Not
 * in C are also features that are off in the model's own run: with means these get their mean. ε'
 * is what {@link Errors} says.
 */
public final class CircuitRuns {
  /** Tokens run in one batch, which bounds memory. */
  private static final int TOKENS_AT_ONCE = 2048;

  /** From this share of a layer's features on, all are encoded. */
  private static final int FEW = 4;

  private final Transformer model;
  private final FeatureBasis basis;
  private final Errors errors;

  /** Circuits of a basis in a model. */
  public CircuitRuns(Transformer model, FeatureBasis basis, Errors errors) {
    this.model = model;
    this.basis = basis;
    this.errors = errors;
  }

  /**
   * One run.
   *
   * @param ids of the prompt
   * @param reference what is put in the place of values
   * @param nodes the circuit, or what is left out of the model
   * @param without whether the nodes are what is ablated, and all else follows the run
   */
  @SuppressWarnings("ArrayRecordComponent") // handed from one step to the next, never compared
  public record Row(int[] ids, Reference reference, NodeSet nodes, boolean without) {
    /** A circuit is kept. */
    public static Row keeping(int[] ids, Reference reference, NodeSet circuit) {
      return new Row(ids, reference, circuit, false);
    }

    /** A circuit is ablated, all else is kept. */
    public static Row without(int[] ids, Reference reference, NodeSet circuit) {
      return new Row(ids, reference, circuit, true);
    }

    /** Everything is kept, features that are off included. */
    public static Row everything(int[] ids, Reference reference) {
      return new Row(ids, reference, NodeSet.EMPTY, true);
    }
  }

  /**
   * The logits after the last token of each run, {@code [d_vocab]} each, in the order of the rows.
   */
  public List<double[]> logits(List<Row> rows) {
    return logits(rows, basis.layers());
  }

  /**
   * As {@link #logits(List)}, ablating at some layers alone.
   *
   * @param layers whose own targets are rewritten; the others are left as they come out
   */
  public List<double[]> logits(List<Row> rows, List<Integer> layers) {
    Map<Integer, List<Integer>> byLength = new TreeMap<>();
    for (int i = 0; i < rows.size(); i++) {
      byLength.computeIfAbsent(rows.get(i).ids().length, _ -> new ArrayList<>()).add(i);
    }
    double[][] all = new double[rows.size()][];
    byLength.forEach((length, numbers) -> {
      int samples =
          rows.get(numbers.getFirst()).reference().pool().isEmpty() ? 1 : ClusterPool.SAMPLES;
      int atOnce = Math.max(1, TOKENS_AT_ONCE / length / samples);
      for (int from = 0; from < numbers.size(); from += atOnce) {
        List<Integer> some = numbers.subList(from, Math.min(numbers.size(), from + atOnce));
        double[][] found =
            batch(
                some.stream()
                    .flatMap(number -> Collections.nCopies(samples, rows.get(number)).stream())
                    .toList(),
                samples,
                layers);
        for (int i = 0; i < some.size(); i++) {
          double[][] each = Arrays.copyOfRange(found, i * samples, (i + 1) * samples);
          all[some.get(i)] = samples == 1 ? each[0] : ClusterPool.mean(each);
        }
      }
    });
    return List.of(all);
  }

  /**
   * Runs a batch.
   *
   * @param rows each as many times in a row as there are samples
   */
  private double[][] batch(List<Row> rows, int samples, List<Integer> layers) {
    TokenBatch tokens = TokenBatch.of(rows.stream().map(Row::ids).toArray(int[][]::new));
    try (var _ = NativeScope.open();
        Batch batch = new Batch(rows, samples, layers)) {
      Tensor hidden = model.hidden(tokens, batch.hooks(), null);
      double[] flat =
          model.unembed(hidden.slice(1, tokens.length() - 1L, tokens.length())).toDoubles();
      int width = flat.length / rows.size();
      double[][] logits = new double[rows.size()][];
      Arrays.setAll(logits, row -> Arrays.copyOfRange(flat, row * width, (row + 1) * width));
      return logits;
    }
  }

  /** One forward pass. Tensors that outlive a hook are retained until it is closed. */
  private final class Batch implements AutoCloseable {
    private final List<Row> rows;
    private final List<Integer> layers;
    private final int length;
    private final Map<Integer, Tensor> inputs = new HashMap<>();
    private final Map<Tap, List<Tensor>> pending = new HashMap<>();

    /** By target, the layer whose own it is. */
    private final Map<Tap, Integer> owners = new HashMap<>();

    private final int samples;

    Batch(List<Row> rows, int samples, List<Integer> layers) {
      this.samples = samples;
      this.rows = rows;
      this.layers = layers;
      this.length = rows.getFirst().ids().length;
      basis.layers().forEach(layer -> owners.put(basis.writes(layer).getFirst(), layer));
    }

    /** By position, whether the error of a layer is put out of the way. */
    private boolean[] drops(Row row, int layer) {
      boolean[] drops = new boolean[length];
      for (int position = 0; position < length; position++) {
        drops[position] =
            switch (errors) {
              case KEPT -> false;
              case REMOVED, ABLATED -> true;
              case NODES -> row.nodes().hasError(layer, position) == row.without();
            };
      }
      return drops;
    }

    Hooks hooks() {
      Hooks hooks = Hooks.NONE;
      for (int layer : basis.layers()) {
        hooks =
            hooks.and(
                Hooks.observe(basis.reads(layer), value -> inputs.put(layer, value.retain())));
      }
      for (int layer : layers) {
        hooks =
            hooks.and(
                Hooks.replace(basis.writes(layer).getFirst(), value -> changed(layer, value)));
      }
      return hooks;
    }

    /** The value that a layer's own target gets. */
    private Tensor changed(int layer, Tensor value) {
      write(layer);
      Tap target = basis.writes(layer).getFirst();
      try (var scope = NativeScope.open()) {
        int width = value.size(2);
        List<Tensor> bases = new ArrayList<>();
        for (int row = 0; row < rows.size(); row++) {
          bases.add(base(rows.get(row), layer, target, row, value.select(0, row)));
        }
        Tensor sum = Tensor.stack(bases, 0);
        List<Tensor> written = pending.remove(target);
        if (written != null) {
          for (Tensor each : written) {
            sum.plusInPlace(each.reshape(rows.size(), length, width).to(sum.dtype()));
            each.close();
          }
        }
        return scope.keep(sum);
      }
    }

    /** What stands at a target but for the entries: {@code [pos, d_model]}. */
    private Tensor base(Row row, int layer, Tap target, int number, Tensor value) {
      Reference reference = row.reference();
      Tensor base =
          chosen(
              drops(row, layer),
              () -> value,
              () -> withoutError(row, layer, target, number, value));
      boolean isDecoded = !row.without() && reference.pool().isEmpty();
      return (isDecoded ? base.plus(reference.decoded(target)) : base).to(value.dtype());
    }

    private Tensor withoutError(Row row, int layer, Tap target, int number, Tensor value) {
      Tensor input = input(layer).select(0, number);
      Tensor passed =
          basis
              .skip(layer)
              .map(skip -> input.to(basis.dtype()).linear(skip, basis.bias(layer)))
              .orElseGet(() -> basis.bias(layer).unsqueeze(0).expand(length, value.size(1)));
      return errors == Errors.REMOVED ? passed : passed.plus(row.reference().error(target));
    }

    /** One of two by row, without working out what is not needed. */
    private Tensor chosen(boolean[] second, Supplier<Tensor> first, Supplier<Tensor> other) {
      int count = 0;
      double[] share = new double[second.length];
      for (int i = 0; i < share.length; i++) {
        share[i] = second[i] ? 1 : 0;
        count += second[i] ? 1 : 0;
      }
      if (count == 0 || count == share.length) {
        return (count == 0 ? first : other).get();
      }
      Tensor mask = Tensor.of(share, share.length, 1).to(basis.dtype());
      Tensor one = first.get().to(basis.dtype());
      return one.plus(other.get().to(basis.dtype()).minus(one).times(mask));
    }

    private Tensor input(int layer) {
      return Objects.requireNonNull(inputs.get(layer), () -> "layer " + layer + " read nothing");
    }

    /** Works out what the features of a layer add at all its targets. */
    private void write(int layer) {
      BitSet[] kept = new BitSet[rows.size() * length];
      BitSet any = new BitSet();
      for (int cell = 0; cell < kept.length; cell++) {
        kept[cell] = rows.get(cell / length).nodes().of(layer, cell % length);
        any.or(kept[cell]);
      }
      boolean isDrawn = rows.getFirst().reference().pool().isPresent();
      boolean allMatter =
          errors == Errors.NODES
              || isDrawn
              || rows.stream().anyMatch(row -> row.without() == (errors != Errors.KEPT));
      if (any.isEmpty() && !allMatter) {
        return;
      }
      try (var _ = NativeScope.open()) {
        Tensor input = input(layer);
        Live live =
            live(
                layer, input.reshape(input.count() / input.size(2), input.size(2)), any, allMatter);
        Map<Boolean, Entries> forms = new HashMap<>();
        int[] drawn = drawn(layer, kept, live);
        for (Tap target : basis.writes(layer)) {
          Supplier<Tensor> withError = () -> sum(layer, target, kept, live, drawn, forms, false);
          Supplier<Tensor> without = () -> sum(layer, target, kept, live, drawn, forms, true);
          Tensor written = chosen(drops(target), withError, without);
          pending.computeIfAbsent(target, _ -> new ArrayList<>()).add(written.retain());
        }
      }
    }

    /** By cell. */
    private boolean[] drops(Tap target) {
      int layer = Objects.requireNonNull(owners.get(target), () -> target + " is no layer's own");
      boolean[] all = new boolean[rows.size() * length];
      for (int row = 0; row < rows.size(); row++) {
        System.arraycopy(drops(rows.get(row), layer), 0, all, row * length, length);
      }
      return all;
    }

    private Tensor sum(
        int layer,
        Tap target,
        BitSet[] kept,
        Live live,
        int[] drawn,
        Map<Boolean, Entries> forms,
        boolean dropsErrors) {
      Entries entries =
          forms.computeIfAbsent(
              dropsErrors,
              drops -> {
                Entries all = new Entries(kept.length);
                for (int cell = 0; cell < kept.length; cell++) {
                  all.begin(cell);
                  add(all, layer, cell, kept[cell], live, drawn[cell], drops);
                }
                return all;
              });
      int[] features = entries.distinct();
      return features.length == 0
          ? Tensor.zeros(basis.dtype(), kept.length, basis.bias(layer).size(0))
          : entries
              .sums(features)
              .sum(basis.decoderRows(layer, target, features), entries.weights().to(basis.dtype()));
    }

    /** See the table in the method: what each feature adds to {@link #base}. */
    private void add(
        Entries entries,
        int layer,
        int cell,
        BitSet nodes,
        Live live,
        int drawn,
        boolean dropsErrors) {
      Row row = rows.get(cell / length);
      int position = cell % length;
      // errors kept:    kept circuit −ã (nodes), −a (others)   ablated circuit ã − a (nodes)
      // errors dropped: kept circuit a − ã (nodes)             ablated circuit ã (nodes), a
      // (others)
      for (int f = nodes.nextSetBit(0); f >= 0; f = nodes.nextSetBit(f + 1)) {
        double reference = reference(row, layer, position, f, drawn);
        double weight = row.without() ? reference : -reference;
        if (row.without() != dropsErrors) {
          double own = live.at(cell, f);
          weight += row.without() ? -own : own;
        }
        entries.add(cell, f, weight);
      }
      if (row.without() == dropsErrors) {
        live.each(
            cell,
            nodes,
            (feature, value) -> entries.add(cell, feature, dropsErrors ? value : -value));
      }
      if (!row.without()) {
        // What is drawn differs from cell to cell, so that no base holds it.
        row.reference()
            .pool()
            .ifPresent(pool ->
                pool.each(layer, drawn, (feature, value) -> entries.add(cell, feature, value)));
      }
    }

    private double reference(Row row, int layer, int position, int feature, int drawn) {
      return row.reference()
          .pool()
          .map(pool -> pool.value(layer, drawn, feature))
          .orElseGet(() -> row.reference().value(layer, position, feature));
    }

    /** By cell, the place of the pool whose values it gets, where there is one. */
    private int[] drawn(int layer, BitSet[] nodes, Live live) {
      int[] drawn = new int[nodes.length];
      for (int i = 0; i < drawn.length; i++) {
        int cell = i;
        Row row = rows.get(cell / length);
        row.reference()
            .pool()
            .ifPresent(pool -> {
              BitSet kept = nodes[cell];
              if (row.without()) {
                kept = new BitSet();
                kept.set(0, basis.features(layer));
                kept.andNot(nodes[cell]);
              }
              drawn[cell] =
                  pool.draw(
                      cell / length % samples,
                      layer,
                      cell % length,
                      kept,
                      feature -> live.at(cell, feature));
            });
      }
      return drawn;
    }

    @Override
    public void close() {
      inputs.values().forEach(Tensor::close);
      pending.values().forEach(each -> each.forEach(Tensor::close));
    }
  }

  /** Receives a feature and its activation. */
  private interface Use {
    void take(int feature, double value);
  }

  /** The activations of a batch at one layer. */
  private interface Live {
    double at(int cell, int feature);

    /** The active features that are not among some. */
    void each(int cell, BitSet others, Use use);
  }

  /**
   * Encodes what is needed.
   *
   * @param input {@code [cells, d_model]}
   * @param some the features that matter, unless all do
   */
  private Live live(int layer, Tensor input, BitSet some, boolean allMatter) {
    boolean few = !allMatter && some.cardinality() < basis.features(layer) / FEW;
    if (few && byThreshold(layer)) {
      int[] features = some.stream().toArray();
      double[] thresholds = basis.thresholds(layer, features).toDoubles();
      double[] pre =
          input
              .to(basis.dtype())
              .linear(basis.encoderRows(layer, features), basis.encoderBiases(layer, features))
              .toDoubles();
      return new Few(features, thresholds, pre);
    }
    return new All(basis.encode(layer, input));
  }

  /** Whether a feature is active by its own pre-activation alone. */
  private boolean byThreshold(int layer) {
    return basis instanceof Dictionary dictionary
        && !(dictionary.parts(layer).selection() instanceof Selection.TopK);
  }

  private record All(SparseActivations active) implements Live {
    @Override
    public double at(int cell, int feature) {
      return active.at(cell, feature);
    }

    @Override
    public void each(int cell, BitSet others, Use use) {
      IntStream.range(active.start(cell), active.start(cell + 1))
          .filter(i -> !others.get(active.feature(i)))
          .forEach(i -> use.take(active.feature(i), active.value(i)));
    }
  }

  @SuppressWarnings("ArrayRecordComponent") // handed from one step to the next, never compared
  private record Few(int[] features, double[] thresholds, double[] pre) implements Live {
    @Override
    public double at(int cell, int feature) {
      int column = Arrays.binarySearch(features, feature);
      double value = pre[cell * features.length + column];
      return value > thresholds[column] ? value : 0;
    }

    @Override
    public void each(int cell, BitSet others, Use use) {
      throw new IllegalStateException("not all features were encoded");
    }
  }
}
