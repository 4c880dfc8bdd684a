package dev.loupe.instrument.circuit;

import dev.loupe.circuit.CircuitRuns;
import dev.loupe.circuit.Errors;
import dev.loupe.circuit.Faithfulness;
import dev.loupe.circuit.NodeSet;
import dev.loupe.circuit.Prepared;
import dev.loupe.circuit.Prepared.Circuit;
import dev.loupe.circuit.PromptRun;
import dev.loupe.circuit.Ranking;
import dev.loupe.circuit.Reference;
import dev.loupe.circuit.Slopes;
import dev.loupe.dictionary.FeatureAt;
import dev.loupe.dictionary.FeatureId;
import dev.loupe.dictionary.NamedBasis;
import dev.loupe.instrument.Subject;
import dev.loupe.job.Counted;
import dev.loupe.job.Run;
import dev.loupe.job.Steps;
import dev.loupe.statistics.Estimate;
import dev.loupe.statistics.Proportion;
import dev.loupe.statistics.Ratio;
import dev.loupe.task.Metric;
import dev.loupe.task.TokenPair;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * A model's circuit of features by attribution patching, what its members do in the pairs that
 * chose it, and what becomes of held-out pairs when some get other values. Owns native memory.
 */
final class FeatureCircuit implements AutoCloseable {
  /** Members that are compared at most, those with the largest effects. */
  static final int MOST = 200;

  /** Of each pair, about: both prompts, a gradient, sizes, and the swaps. */
  static final long RUNS = 130;

  private static final double LEVEL = 0.95;

  private final Subject subject;
  private final NamedBasis named;
  private final Metric metric;
  private final Run run;
  private final Prepared choosing;
  private final Prepared testing;
  private final Map<FeatureId, double[]> effects;
  private final List<FeatureId> order;
  private final CircuitSearch.Chosen chosen;
  private final Errors errors;
  private final double[] own;
  private final double[] empty;

  private FeatureCircuit(
      Subject subject, Prepared choosing, Prepared testing, Metric metric, double target, Run run) {
    this.subject = subject;
    this.named = subject.exactBasis();
    this.metric = metric;
    this.run = run;
    this.choosing = choosing;
    this.testing = testing;
    this.errors = Slopes.isCut(named.basis()) ? Errors.ABLATED : Errors.KEPT;
    try (Steps steps = run.steps(name("scoring features"), Counted.PROMPTS, choosing.size())) {
      this.effects = choosing.byPair(Ranking.ATTRIBUTION, Errors.KEPT, steps::at);
    }
    Map<FeatureId, Double> scores = new HashMap<>();
    effects.forEach((feature, each) -> scores.put(feature, Faithfulness.mean(each)));
    this.order = CircuitSearch.ranked(scores);
    this.chosen = new CircuitSearch(choosing, choosing, errors, target, run).search(order, false);
    this.own = testing.own();
    this.empty = testing.values(List.of(Circuit.keeping(List.of())), errors, _ -> run.check())[0];
  }

  /**
   * Finds it; errors are kept where features are not all of the stream.
   *
   * @param train every pair has its twin
   */
  static FeatureCircuit of(
      Subject subject,
      List<TokenPair> train,
      List<TokenPair> heldOut,
      Metric metric,
      double target,
      Run run) {
    List<Prepared> opened = new ArrayList<>();
    boolean whole = false;
    try {
      for (List<TokenPair> pairs : List.of(train, heldOut)) {
        opened.add(
            Prepared.of(
                subject.transformer(),
                subject.exactBasis().basis(),
                pairs,
                metric,
                Optional.empty(),
                _ -> run.check()));
      }
      FeatureCircuit found =
          new FeatureCircuit(subject, opened.get(0), opened.get(1), metric, target, run);
      whole = true;
      return found;
    } finally {
      if (!whole) {
        opened.forEach(Prepared::close);
      }
    }
  }

  private String name(String what) {
    return subject.weights().name() + ": " + what;
  }

  String model() {
    return subject.weights().name();
  }

  /** The members that are compared. */
  List<FeatureId> members() {
    return chosen.features().subList(0, Math.min(MOST, chosen.features().size()));
  }

  /** As many features of each layer as there are among some, drawn from all candidates. */
  List<FeatureId> draw(List<FeatureId> some, Random random) {
    List<FeatureId> drawn = new ArrayList<>();
    for (int layer : named.basis().layers()) {
      List<FeatureId> from =
          new ArrayList<>(order.stream().filter(id -> id.layer() == layer).toList());
      Collections.shuffle(from, random);
      drawn.addAll(from.subList(0, (int) some.stream().filter(id -> id.layer() == layer).count()));
    }
    return drawn;
  }

  /** Some features as they are compared: a text is a clean prompt and behind it its twin. */
  Likeness.Parts<FeatureId> parts(List<FeatureId> some) {
    return new Likeness.Parts<>() {
      @Override
      public List<FeatureId> all() {
        return some;
      }

      @Override
      public double[][] activity(FeatureId node) {
        return texts(List.of(node)).stream()
            .map(text -> Arrays.stream(text).mapToDouble(row -> row[0]).toArray())
            .toArray(double[][]::new);
      }

      @Override
      public double[] effects(FeatureId node) {
        return effects.getOrDefault(node, new double[choosing.size()]);
      }
    };
  }

  /** Activations in the pairs that chose: by text {@code [pos of both prompts][feature]}. */
  List<double[][]> texts(List<FeatureId> features) {
    return choosing.items().stream()
        .map(item -> {
          List<double[]> rows = new ArrayList<>(rows(item.clean(), features));
          rows.addAll(rows(item.twin().orElseThrow(), features));
          return rows.toArray(double[][]::new);
        })
        .toList();
  }

  /** Activations in the twins of the held-out pairs: by pair {@code [pos][feature]}. */
  List<double[][]> twins(List<FeatureId> features) {
    return testing.items().stream()
        .map(item -> rows(item.twin().orElseThrow(), features).toArray(double[][]::new))
        .toList();
  }

  private static List<double[]> rows(PromptRun of, List<FeatureId> features) {
    return IntStream.range(0, of.ids().length)
        .mapToObj(position ->
            features.stream()
                .mapToDouble(id -> of.at(FeatureAt.of(id.layer(), id.feature(), position)))
                .toArray())
        .toList();
  }

  /**
   * The metric of each held-out pair when some features get given values, while errors and all else
   * follow the run.
   *
   * @param values by pair {@code [pos][feature]}
   */
  double[] swapped(List<FeatureId> features, List<double[][]> values) {
    run.check();
    List<CircuitRuns.Row> rows = new ArrayList<>();
    for (int pair = 0; pair < testing.size(); pair++) {
      Map<FeatureId, double[]> given = new HashMap<>();
      for (int k = 0; k < features.size(); k++) {
        int column = k;
        given.put(
            features.get(k),
            Arrays.stream(values.get(pair)).mapToDouble(row -> row[column]).toArray());
      }
      rows.add(
          CircuitRuns.Row.without(
              testing.items().get(pair).pair().clean(),
              Reference.given(named.basis(), given),
              NodeSet.everywhere(features)));
    }
    List<double[]> logits =
        new CircuitRuns(subject.transformer(), named.basis(), Errors.KEPT).logits(rows);
    double[] found = new double[rows.size()];
    Arrays.setAll(
        found,
        i ->
            metric.value(
                logits.get(i),
                testing.items().get(i).pair(),
                testing.items().get(i).clean().logits()));
    return found;
  }

  /** How far the metric moves towards the twin's, as a share of m(M) − m(∅). */
  double moved(double[] swapped) {
    return (Faithfulness.mean(own) - Faithfulness.mean(swapped))
        / (Faithfulness.mean(own) - Faithfulness.mean(empty));
  }

  /** The same with its interval, and how many pairs follow. */
  ComparedFeatures.Effect effect(double[] swapped) {
    double[] above = new double[own.length];
    double[] below = new double[own.length];
    int followed = 0;
    for (int i = 0; i < own.length; i++) {
      above[i] = own[i] - swapped[i];
      below[i] = own[i] - empty[i];
      followed += Math.abs(swapped[i] - empty[i]) < Math.abs(swapped[i] - own[i]) ? 1 : 0;
    }
    return new ComparedFeatures.Effect(
        Ratio.bootstrap(above, below, LEVEL, run.seed())
            .in("share of m(M) − m(∅), " + own.length + " pairs"),
        Proportion.wilson(followed, own.length, LEVEL));
  }

  /** For the report. */
  ComparedFeatures.OfModel told() {
    double[] values =
        testing.values(List.of(Circuit.keeping(chosen.features())), errors, _ -> run.check())[0];
    Estimate faithfulness = new Faithfulness(own, empty).estimate(values, run.seed());
    double whole = Faithfulness.mean(own) - Faithfulness.mean(empty);
    return new ComparedFeatures.OfModel(
        model(),
        named.name(),
        order.size(),
        chosen.features().size(),
        faithfulness,
        members().stream()
            .map(id ->
                new ComparedFeatures.Member(
                    id, Faithfulness.mean(parts(members()).effects(id)) / whole))
            .toList());
  }

  @Override
  public void close() {
    choosing.close();
    testing.close();
  }
}
