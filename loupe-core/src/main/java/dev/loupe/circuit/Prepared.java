package dev.loupe.circuit;

import dev.loupe.dictionary.FeatureAt;
import dev.loupe.dictionary.FeatureBasis;
import dev.loupe.dictionary.FeatureId;
import dev.loupe.fault.LoupeException;
import dev.loupe.job.KeptValues;
import dev.loupe.model.ModelConfig;
import dev.loupe.model.Transformer;
import dev.loupe.task.Metric;
import dev.loupe.task.TokenPair;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.function.LongConsumer;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * Pairs of a task with the model's own runs over them and their references, ready for circuits of
 * features that hold at every position. Owns native memory.
 */
public final class Prepared implements AutoCloseable {
  /** Steps in which a mask is learned, each of {@value #MASK_PAIRS} pairs at most. */
  public static final int MASK_STEPS = Mask.STEPS;

  /** Pairs of one length in a step. */
  public static final int MASK_PAIRS = Mask.AT_ONCE;

  /** Runs whose logits are held at a time. */
  private static final int RUNS_AT_ONCE = 256;

  private final Transformer model;
  private final FeatureBasis basis;
  private final Metric metric;
  private final List<Item> items = new ArrayList<>();
  private final List<Reference> owned = new ArrayList<>();
  private KeptValues kept = KeptValues.NONE;

  /**
   * A pair that is ready.
   *
   * @param pair its tokens
   * @param clean the model's own run over the clean prompt
   * @param twin the run over the twin, where that is the reference
   * @param reference of ablation
   */
  public record Item(
      TokenPair pair, PromptRun clean, Optional<PromptRun> twin, Reference reference) {
    /** The nodes that are active in the clean prompt or the twin. */
    public SortedSet<FeatureAt> nodes() {
      SortedSet<FeatureAt> nodes = clean.nodes();
      twin.ifPresent(other -> nodes.addAll(other.nodes()));
      return nodes;
    }

    /** The pair's tokens. */
    @Override
    public String toString() {
      return pair.toString();
    }
  }

  private Prepared(Transformer model, FeatureBasis basis, Metric metric) {
    this.model = model;
    this.basis = basis;
    this.metric = metric;
  }

  /**
   * Memory that pairs take, as an estimate, in bytes: the logits of the circuits of a batch, and of
   * neurons, all of which are active, number, value and pre-activation at each position, of the
   * clean prompt and twice of its twin.
   *
   * @param length positions of a prompt
   */
  public static long bytes(ModelConfig config, int pairs, int length, boolean inNeurons) {
    long logits = 2L * 256 * config.vocabulary() * Double.BYTES;
    long neurons = IntStream.range(0, config.layers()).mapToLong(config::units).sum();
    long held = 3L * pairs * length * neurons * (Integer.BYTES + 2 * Double.BYTES);
    return inNeurons ? logits + held : logits;
  }

  /**
   * Runs the pairs.
   *
   * @param shared the reference of all; empty where each pair's own twin is its reference
   * @throws LoupeException if a pair has no twin and needs it, or the model's logits are not finite
   */
  public static Prepared of(
      Transformer model,
      FeatureBasis basis,
      List<TokenPair> pairs,
      Metric metric,
      Optional<Reference> shared,
      LongConsumer done) {
    Prepared prepared = new Prepared(model, basis, metric);
    boolean whole = false;
    try {
      for (TokenPair pair : pairs) {
        prepared.add(pair, shared);
        done.accept(prepared.items.size());
      }
      whole = true;
      return prepared;
    } finally {
      if (!whole) {
        prepared.close();
      }
    }
  }

  private void add(TokenPair pair, Optional<Reference> shared) {
    PromptRun clean = PromptRun.of(model, basis, pair.clean());
    PromptRun.requireFinite(clean.logits());
    if (shared.isPresent()) {
      items.add(new Item(pair, clean, Optional.empty(), shared.get()));
    } else {
      Reference reference = Reference.twin(model, basis, pair.twin());
      owned.add(reference);
      items.add(
          new Item(pair, clean, Optional.of(PromptRun.of(model, basis, pair.twin())), reference));
    }
  }

  /** The pairs. */
  public List<Item> items() {
    return items;
  }

  /** How many pairs. */
  public int size() {
    return items.size();
  }

  /** The first pairs, for as long as this is open. */
  public Prepared first(int pairs) {
    return part(0, pairs);
  }

  /** The same, whose values of circuits, exact effects and learned masks are kept. */
  public Prepared keptIn(KeptValues values) {
    kept = values;
    return this;
  }

  /** Some pairs in a row, for as long as this is open. */
  public Prepared part(int from, int to) {
    Prepared some = new Prepared(model, basis, metric).keptIn(kept);
    some.items.addAll(items.subList(from, to));
    return some;
  }

  /** The metric of the model itself, by pair. */
  public double[] own() {
    return items.stream()
        .mapToDouble(
            item -> metric.value(item.clean().logits(), item.pair(), item.clean().logits()))
        .toArray();
  }

  /** How many features are active in a prompt or its twin, each once, in the mean. */
  public double activePerPrompt() {
    return activePerPrompt(_ -> true);
  }

  /** As {@link #activePerPrompt()}, of some features. */
  public double activePerPrompt(Predicate<FeatureId> some) {
    return items.stream()
        .mapToLong(item -> item.nodes().stream().map(FeatureAt::id).filter(some).distinct().count())
        .average()
        .orElseThrow();
  }

  /**
   * By how much each node helps, to first order or exactly: minus the effect of its ablation,
   * summed over positions and averaged over the pairs.
   *
   * @param errors whether the errors of layers are nodes too
   * @throws LoupeException if the ranking needs twins that there are not, or the metric has no
   *     slope at the model's own run
   */
  public Map<FeatureId, Double> scores(Ranking ranking, Errors errors, LongConsumer done) {
    Map<FeatureId, Double> scores = new HashMap<>();
    byPair(ranking, errors, done)
        .forEach((node, each) -> scores.put(node, Faithfulness.mean(each)));
    return scores;
  }

  /** As {@link #scores}, of each pair. */
  public Map<FeatureId, double[]> byPair(Ranking ranking, Errors errors, LongConsumer done) {
    if (metric == Metric.KL && ranking == Ranking.ATTRIBUTION) {
      throw LoupeException.badInput(
          "the divergence from the model has no slope at the model's own run",
          "Rank by exact effects or along the inputs, or choose another metric.");
    }
    Map<FeatureId, double[]> scores = new HashMap<>();
    for (int pair = 0; pair < items.size(); pair++) {
      Item item = items.get(pair);
      List<FeatureAt> nodes = List.copyOf(item.nodes());
      List<FeatureId> others = errors == Errors.NODES ? errorNodes() : List.of();
      double[] effects =
          ranking == Ranking.EXACT
              ? kept.of(
                  () -> "exact effects " + item + nodes + others,
                  () -> effects(item, nodes, others, ranking))
              : effects(item, nodes, others, ranking);
      for (int i = 0; i < effects.length; i++) {
        FeatureId id = i < nodes.size() ? nodes.get(i).id() : others.get(i - nodes.size());
        scores.computeIfAbsent(id, _ -> new double[items.size()])[pair] -= effects[i];
      }
      done.accept(pair + 1L);
    }
    return scores;
  }

  /**
   * Features by a mask that is learned ({@link Ranking#MASK}), those that are most likely in it
   * first.
   *
   * @param candidates all features, in any order
   * @param allowed how far the metric of a pair may be from the model's own, as a share of m(M) −
   *     m(∅)
   * @param steps receives how many of {@link #MASK_STEPS} are done
   */
  public List<FeatureId> masked(
      List<FeatureId> candidates, Errors errors, double allowed, long seed, LongConsumer steps) {
    double[] own = own();
    double[] empty = values(List.of(Circuit.keeping(List.of())), errors, _ -> {})[0];
    double scale = Faithfulness.mean(own) - Faithfulness.mean(empty);
    double[] places =
        kept.of(
            () -> "mask " + items + candidates + errors + allowed + " " + seed,
            () -> {
              try (GatedRuns runs = new GatedRuns(model, basis, errors, metric, candidates)) {
                Map<FeatureId, Integer> numbers = new HashMap<>();
                for (FeatureId candidate : candidates) {
                  numbers.put(candidate, numbers.size());
                }
                return new Mask(runs, items, own, scale, allowed, seed)
                    .order(steps).stream().mapToDouble(numbers::get).toArray();
              }
            });
    return Arrays.stream(places).mapToObj(place -> candidates.get((int) place)).toList();
  }

  /** The errors of all layers. */
  public List<FeatureId> errorNodes() {
    return basis.layers().stream().map(FeatureId::error).toList();
  }

  /** Of features at positions, and behind them of errors at every position. */
  private double[] effects(
      Item item, List<FeatureAt> nodes, List<FeatureId> errors, Ranking ranking) {
    double[] own = item.clean().logits();
    if (ranking == Ranking.EXACT) {
      double before = metric.value(own, item.pair(), own);
      ToDoubleFunction<double[]> effect = logits -> metric.value(logits, item.pair(), own) - before;
      try (NodeEffects runs = new NodeEffects(model, basis, item.pair().clean())) {
        return DoubleStream.concat(
                Arrays.stream(runs.values(nodes, item.clean(), item.reference(), effect, _ -> {})),
                new CircuitRuns(model, basis, Errors.NODES)
                        .logits(
                            errors.stream()
                                .map(error ->
                                    CircuitRuns.Row.without(
                                        item.pair().clean(),
                                        item.reference(),
                                        NodeSet.everywhere(List.of(error))))
                                .toList())
                        .stream()
                        .mapToDouble(effect))
            .toArray();
      }
    }
    try (Slopes slopes =
        ranking == Ranking.INPUTS
            ? Slopes.alongInputs(model, basis, item.pair(), metric, own, Ranking.STEPS)
            : Slopes.clean(model, basis, item.pair(), metric, own)) {
      double[] effects = slopes.effects(nodes, item.clean(), item.reference());
      return errors.isEmpty()
          ? effects
          : DoubleStream.concat(Arrays.stream(effects), Arrays.stream(errors(item, slopes)))
              .toArray();
    }
  }

  /** Effects of the errors of all layers to first order, summed over positions. */
  private double[] errors(Item item, Slopes slopes) {
    try (Reference clean = Reference.twin(model, basis, item.pair().clean())) {
      double[] each = slopes.errorEffects(clean, item.reference());
      double[] sums = new double[basis.layers().size()];
      for (int i = 0; i < each.length; i++) {
        sums[i * sums.length / each.length] += each[i];
      }
      return sums;
    }
  }

  /** The mean absolute activation of each feature, summed over positions: a baseline's score. */
  public Map<FeatureId, Double> activations() {
    Map<FeatureId, Double> scores = new HashMap<>();
    for (Item item : items) {
      for (FeatureAt node : item.nodes()) {
        scores.merge(node.id(), Math.abs(item.clean().at(node)) / items.size(), Double::sum);
      }
    }
    return scores;
  }

  /**
   * A circuit that is run.
   *
   * @param nodes which features
   * @param without whether they are what is ablated
   */
  public record Circuit(NodeSet nodes, boolean without) {
    /** Features that are kept at every position. */
    public static Circuit keeping(List<FeatureId> features) {
      return new Circuit(NodeSet.everywhere(features), false);
    }

    /** Features that are ablated at every position. */
    public static Circuit without(List<FeatureId> features) {
      return new Circuit(NodeSet.everywhere(features), true);
    }
  }

  /**
   * The metric of circuits, {@code [circuit][pair]}.
   *
   * @param done receives how many runs are done
   */
  public double[][] values(List<Circuit> circuits, Errors errors, LongConsumer done) {
    CircuitRuns runs = new CircuitRuns(model, basis, errors);
    double[][] values = new double[circuits.size()][items.size()];
    List<CircuitRuns.Row> rows = new ArrayList<>();
    List<int[]> places = new ArrayList<>();
    long ready = 0;
    for (int pair = 0; pair < items.size(); pair++) {
      Item item = items.get(pair);
      for (int circuit = 0; circuit < circuits.size(); circuit++) {
        Circuit each = circuits.get(circuit);
        rows.add(
            new CircuitRuns.Row(
                item.pair().clean(), item.reference(), each.nodes(), each.without()));
        places.add(new int[] {circuit, pair});
        boolean last = pair == items.size() - 1 && circuit == circuits.size() - 1;
        if (rows.size() == RUNS_AT_ONCE || last) {
          double[] found =
              kept.of(() -> named(rows, places, errors), () -> measured(runs, rows, places));
          for (int i = 0; i < found.length; i++) {
            values[places.get(i)[0]][places.get(i)[1]] = found[i];
          }
          ready += rows.size();
          done.accept(ready);
          rows.clear();
          places.clear();
        }
      }
    }
    return values;
  }

  private double[] measured(CircuitRuns runs, List<CircuitRuns.Row> rows, List<int[]> places) {
    List<double[]> logits = runs.logits(rows);
    double[] values = new double[rows.size()];
    for (int i = 0; i < values.length; i++) {
      Item of = items.get(places.get(i)[1]);
      values[i] = metric.value(logits.get(i), of.pair(), of.clean().logits());
    }
    return values;
  }

  private String named(List<CircuitRuns.Row> rows, List<int[]> places, Errors errors) {
    StringBuilder name = new StringBuilder("circuits ").append(errors);
    for (int i = 0; i < rows.size(); i++) {
      CircuitRuns.Row row = rows.get(i);
      name.append('\n').append(items.get(places.get(i)[1])).append(row.without());
      name.append(row.nodes());
    }
    return name.toString();
  }

  @Override
  public void close() {
    owned.forEach(Reference::close);
    owned.clear();
  }
}
