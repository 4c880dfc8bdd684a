package dev.loupe.instrument.circuit;

import dev.loupe.circuit.Component;
import dev.loupe.circuit.ComponentActivity;
import dev.loupe.circuit.ComponentEdges;
import dev.loupe.circuit.ComponentRuns;
import dev.loupe.circuit.Faithfulness;
import dev.loupe.circuit.HeadKinds;
import dev.loupe.geometry.PermutedTexts;
import dev.loupe.instrument.Subject;
import dev.loupe.job.Counted;
import dev.loupe.job.KeptValues;
import dev.loupe.job.Run;
import dev.loupe.job.Steps;
import dev.loupe.model.ShuffledWeights;
import dev.loupe.model.Transformer;
import dev.loupe.statistics.Estimate;
import dev.loupe.task.Metric;
import dev.loupe.task.TokenPair;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;

/** A model's smallest circuit of heads and MLPs, and what each of them does on held-out pairs. */
final class ComponentCircuit implements Likeness.Parts<Component> {
  /** Pairs by which edges are scored, and steps of the path along the inputs. */
  private static final int EDGE_PAIRS = 8;

  private static final int EDGE_STEPS = 5;
  private static final int MOST_EDGES = 24;

  private final Subject subject;
  private final List<TokenPair> train;
  private final ComponentRuns runs;
  private final Metric metric;
  private final List<TokenPair> heldOut;
  private final Run run;
  private final List<Component> ranked;
  private final List<Component> circuit;
  private final Faithfulness scale;
  private final Map<Component, double[]> effects = new HashMap<>();
  private final Map<Component, double[][]> activity;
  private final Map<Component, HeadKinds.Kind> kinds;

  ComponentCircuit(
      Subject subject,
      List<TokenPair> train,
      List<TokenPair> heldOut,
      Metric metric,
      double target,
      KeptValues kept,
      Run run) {
    this.subject = subject;
    this.train = train;
    this.runs = new ComponentRuns(subject.transformer()).keptIn(kept);
    this.metric = metric;
    this.heldOut = heldOut;
    this.run = run;
    this.ranked = ranked(train);
    this.circuit = smallest(train, target);
    List<Set<Component>> circuits = new ArrayList<>(runs.eachLeftOut());
    circuits.add(Set.of());
    circuits.add(Set.copyOf(runs.all()));
    double[][] values = values(heldOut, circuits, "effects");
    this.scale = new Faithfulness(values[values.length - 1], values[values.length - 2]);
    double whole = Faithfulness.mean(scale.model()) - Faithfulness.mean(scale.empty());
    for (int i = 0; i < runs.all().size(); i++) {
      double[] fall = new double[heldOut.size()];
      double[] left = values[i];
      Arrays.setAll(fall, p -> (scale.model()[p] - left[p]) / whole);
      effects.put(runs.all().get(i), fall);
    }
    this.activity =
        ComponentActivity.of(
            subject.transformer(), heldOut.stream().map(TokenPair::clean).toList());
    this.kinds =
        HeadKinds.of(
            subject.transformer(), subject.weights().tokenizer().vocabularySize(), run.seed());
  }

  private double[][] values(
      List<TokenPair> pairs, List<? extends Collection<Component>> circuits, String what) {
    String name = subject.weights().name() + ": " + what;
    try (Steps steps = run.steps(name, Counted.PROMPTS, pairs.size())) {
      return runs.values(pairs, metric, circuits, steps::at);
    }
  }

  /** By how much the metric falls when each alone puts out the twin's values. */
  private List<Component> ranked(List<TokenPair> train) {
    double[][] values = values(train, runs.eachLeftOut(), "ranking");
    return IntStream.range(0, values.length)
        .boxed()
        .sorted(Comparator.comparingDouble((Integer i) -> Faithfulness.mean(values[i])))
        .map(runs.all()::get)
        .toList();
  }

  private List<Component> smallest(List<TokenPair> train, double target) {
    List<List<Component>> firsts =
        IntStream.rangeClosed(0, ranked.size()).mapToObj(size -> ranked.subList(0, size)).toList();
    double[][] values = values(train, firsts, "sizes");
    Faithfulness of = new Faithfulness(values[values.length - 1], values[0]);
    int size =
        IntStream.range(1, values.length)
            .filter(i -> of.of(values[i]) >= target)
            .findFirst()
            .orElse(ranked.size());
    return ranked.subList(0, size);
  }

  Subject subject() {
    return subject;
  }

  @Override
  public List<Component> all() {
    return runs.all();
  }

  /** The circuit, the largest effects first. */
  List<Component> circuit() {
    return circuit;
  }

  /** All heads and MLPs by their effect on the pairs that choose. */
  List<Component> ranked() {
    return ranked;
  }

  /** What ablating it takes from each held-out pair, as a share of m(M) − m(∅). */
  @Override
  public double[] effects(Component component) {
    return Objects.requireNonNull(effects.get(component));
  }

  /** {@code [text][entry]}. */
  @Override
  public double[][] activity(Component component) {
    return Objects.requireNonNull(activity.get(component));
  }

  /** The same parts with weights that learned nothing; empty where they cannot be made. */
  Optional<Likeness.Parts<Component>> shuffled() {
    Optional<Transformer> model = ShuffledWeights.of(subject.transformer(), run.seed());
    if (model.isEmpty()) {
      return Optional.empty();
    }
    try (Transformer shuffled = model.get()) {
      ComponentRuns of = new ComponentRuns(shuffled.watched(run::check));
      List<Set<Component>> circuits = new ArrayList<>(of.eachLeftOut());
      circuits.add(Set.copyOf(of.all()));
      double[][] values = of.values(heldOut, metric, circuits, _ -> run.check());
      Map<Component, double[]> lost = new HashMap<>();
      for (int i = 0; i < of.all().size(); i++) {
        double[] left = values[i];
        double[] fall = new double[heldOut.size()];
        Arrays.setAll(fall, p -> values[values.length - 1][p] - left[p]);
        lost.put(of.all().get(i), fall);
      }
      return Optional.of(
          new Shuffled(
              of.all(),
              lost,
              ComponentActivity.of(shuffled, heldOut.stream().map(TokenPair::clean).toList())));
    }
  }

  private record Shuffled(
      List<Component> all, Map<Component, double[]> lost, Map<Component, double[][]> active)
      implements Likeness.Parts<Component> {
    @Override
    public double[] effects(Component component) {
      return Objects.requireNonNull(lost.get(component));
    }

    @Override
    public double[][] activity(Component component) {
      return Objects.requireNonNull(active.get(component));
    }
  }

  HeadKinds.Kind kind(Component component) {
    return kinds.getOrDefault(component, HeadKinds.Kind.OTHER);
  }

  /** The middle of its block as a share of all blocks. */
  double depth(Component component) {
    return (component.layer() + 0.5) / subject.transformer().config().layers();
  }

  CompareCircuitsReport.Node node(Component component) {
    return node(component, Double.NaN);
  }

  private CompareCircuitsReport.Node node(Component component, double drop) {
    return new CompareCircuitsReport.Node(
        component.toString(),
        component.layer(),
        depth(component),
        kind(component),
        Faithfulness.mean(effects(component)),
        drop);
  }

  /** Faithfulness on held-out pairs of each of some circuits, with its interval. */
  List<Estimate> faithfulness(List<List<Component>> circuits) {
    double[][] values = values(heldOut, circuits, "circuits");
    return Arrays.stream(values).map(each -> scale.estimate(each, run.seed())).toList();
  }

  /** As many heads and MLPs as there are among some, drawn from all. */
  List<Component> draw(List<Component> some, Random random) {
    List<Component> drawn = new ArrayList<>();
    for (boolean isMlp : new boolean[] {false, true}) {
      List<Component> from =
          new ArrayList<>(all().stream().filter(each -> each.isMlp() == isMlp).toList());
      Collections.shuffle(from, random);
      drawn.addAll(
          from.subList(0, (int) some.stream().filter(each -> each.isMlp() == isMlp).count()));
    }
    return drawn;
  }

  /** The strongest edges among the circuit's nodes, on some of the pairs that choose. */
  private List<CompareCircuitsReport.HeadEdge> edges() {
    if (!ComponentEdges.suits(subject.transformer())) {
      return List.of();
    }
    ComponentEdges edges = new ComponentEdges(subject.transformer());
    List<TokenPair> some = train.subList(0, Math.min(EDGE_PAIRS, train.size()));
    String name = subject.weights().name() + ": edges";
    double[] effects = new double[edges.edges().size()];
    try (Steps steps = run.steps(name, Counted.PROMPTS, some.size())) {
      for (int i = 0; i < some.size(); i++) {
        double[] found = edges.effects(some.get(i), metric, EDGE_STEPS);
        Arrays.setAll(effects, edge -> effects[edge] + found[edge] / some.size());
        steps.at(i + 1L);
      }
    }
    double whole = Faithfulness.mean(scale.model()) - Faithfulness.mean(scale.empty());
    return IntStream.range(0, effects.length)
        .filter(i -> isWithin(edges.edges().get(i)))
        .boxed()
        .sorted(Comparator.comparingDouble((Integer i) -> -Math.abs(effects[i])))
        .limit(MOST_EDGES)
        .map(i -> {
          ComponentEdges.Edge edge = edges.edges().get(i);
          return new CompareCircuitsReport.HeadEdge(
              edge.source().map(Component::toString).orElse("input"),
              edge.reader().toString(),
              -effects[i] / whole);
        })
        .toList();
  }

  private boolean isWithin(ComponentEdges.Edge edge) {
    return edge.source().map(circuit::contains).orElse(true)
        && edge.reader().component().map(circuit::contains).orElse(true);
  }

  /**
   * For the report.
   *
   * @param draws random circuits
   */
  CompareCircuitsReport.ModelCircuit told(int draws, Random random) {
    List<List<Component>> circuits = new ArrayList<>();
    circuits.add(circuit);
    for (Component left : circuit) {
      circuits.add(circuit.stream().filter(each -> !each.equals(left)).toList());
    }
    for (int draw = 0; draw < draws; draw++) {
      circuits.add(draw(circuit, random));
    }
    List<Estimate> found = faithfulness(circuits);
    double own = found.getFirst().value();
    double[] drawn =
        found.stream().skip(1L + circuit.size()).mapToDouble(Estimate::value).toArray();
    return new CompareCircuitsReport.ModelCircuit(
        subject.weights().name(),
        subject.transformer().config().layers(),
        all().size(),
        Faithfulness.mean(scale.model()),
        Faithfulness.mean(scale.empty()),
        IntStream.range(0, circuit.size())
            .mapToObj(i -> node(circuit.get(i), own - found.get(i + 1).value()))
            .toList(),
        found.getFirst(),
        Faithfulness.mean(drawn),
        PermutedTexts.p(own, drawn),
        edges());
  }
}
