package dev.loupe.instrument.circuit;

import dev.loupe.circuit.Component;
import dev.loupe.fault.LoupeException;
import dev.loupe.geometry.Matching;
import dev.loupe.geometry.PermutedTexts;
import dev.loupe.instrument.Subject;
import dev.loupe.job.KeptValues;
import dev.loupe.job.Run;
import dev.loupe.report.Evidence;
import dev.loupe.report.Finding;
import dev.loupe.report.Provenance;
import dev.loupe.report.Support;
import dev.loupe.statistics.Estimate;
import dev.loupe.task.Task;
import dev.loupe.task.TaskPair;
import dev.loupe.task.TokenPair;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/** One task's circuits in several models, matched. */
final class CircuitComparison {
  /** Random circuits whose faithfulness is measured, of the draws asked for. */
  private static final int MOST_RUN = 20;

  /** What p may be at most. */
  private static final double LEVEL = 0.05;

  /** Of its own circuit's faithfulness, what partners must reach in the other model. */
  private static final double SHARE = 0.8;

  private final Subject subject;
  private final CompareCircuitsRequest request;
  private final Run run;

  CircuitComparison(Subject subject, CompareCircuitsRequest request, Run run) {
    this.subject = subject;
    this.request = request;
    this.run = run;
  }

  Finding<CompareCircuitsReport> ask() {
    List<Subject> all = new ArrayList<>(List.of(subject));
    request.others().forEach(each -> all.add(each.watched(run)));
    List<ComponentCircuit> found = all.stream().map(each -> circuit(each, request.task())).toList();
    Optional<List<ComponentCircuit>> controls =
        request.control().map(control -> all.stream().map(each -> circuit(each, control)).toList());
    Random random = new Random(run.seed());
    List<CompareCircuitsReport.ModelCircuit> models =
        found.stream().map(each -> each.told(Math.min(MOST_RUN, request.draws()), random)).toList();
    List<CompareCircuitsReport.Comparison> comparisons = new ArrayList<>();
    for (int other = 1; other < found.size(); other++) {
      run.check();
      int at = other;
      comparisons.add(
          compare(
              found.getFirst(),
              found.get(other),
              controls.map(List::getFirst),
              controls.map(each -> each.get(at)),
              random));
    }
    Task task = request.task();
    CompareCircuitsReport report =
        new CompareCircuitsReport(
            task.name(),
            task.source(),
            task.metric().label(),
            side(task.train()).size(),
            compared(task).size(),
            models,
            comparisons,
            request.features() ? Optional.of(features(all)) : Optional.empty());
    return new Finding<>(
        CompareCircuits.SCHEMA,
        "Is the circuit of the task “%s” the same in %s?"
            .formatted(
                task.name(),
                String.join(
                    ", ", models.stream().map(CompareCircuitsReport.ModelCircuit::model).toList())),
        report,
        evidence(report),
        caveats(all),
        provenance());
  }

  private List<TaskPair> side(List<TaskPair> pairs) {
    return pairs.stream().limit(request.pairs()).toList();
  }

  private List<TaskPair> compared(Task task) {
    return commonest(task.heldOut());
  }

  /** Of the commonest lengths: texts of one length can change places. */
  private List<TaskPair> commonest(List<TaskPair> pairs) {
    Map<Integer, List<TaskPair>> byLength = new TreeMap<>();
    for (TaskPair pair : pairs) {
      int length = subject.weights().tokenizer().ids(pair.clean(), true).length;
      byLength.computeIfAbsent(length, _ -> new ArrayList<>()).add(pair);
    }
    return byLength.values().stream()
        .sorted(Comparator.comparingInt((List<TaskPair> each) -> -each.size()))
        .flatMap(List::stream)
        .limit(request.pairs())
        .toList();
  }

  private ComparedFeatures features(List<Subject> all) {
    Task task = request.task();
    List<TaskPair> train = commonest(task.train());
    int[] lengths = tokens(subject, task, train).stream().mapToInt(TokenPair::length).toArray();
    List<FeatureCircuit> found = new ArrayList<>();
    try {
      for (Subject each : all) {
        found.add(
            FeatureCircuit.of(
                each,
                tokens(each, task, train),
                tokens(each, task, compared(task)),
                task.metric(),
                request.faithfulness(),
                run));
      }
      return new ComparedFeatures(
          train.size(),
          found.stream().map(FeatureCircuit::told).toList(),
          found.stream()
              .skip(1)
              .map(other ->
                  new FeatureComparison(found.getFirst(), other, lengths, request.draws(), run)
                      .compare())
              .toList());
    } finally {
      found.forEach(FeatureCircuit::close);
    }
  }

  private ComponentCircuit circuit(Subject of, Task task) {
    List<TaskPair> train = side(task.train());
    List<TaskPair> heldOut = compared(task);
    if (train.size() < 2 || heldOut.size() < 3) {
      throw LoupeException.badInput(
          String.format(
              Locale.ROOT,
              "the task %s has %,d pairs to choose a circuit and %,d to compare it",
              task.name(),
              train.size(),
              heldOut.size()),
          "Give at least two pairs that choose and three that are held out.");
    }
    task.requireTwins(train, "heads and MLPs get the twin's outputs");
    task.requireTwins(heldOut, "heads and MLPs get the twin's outputs");
    return new ComponentCircuit(
        of,
        tokens(of, task, train),
        tokens(of, task, heldOut),
        task.metric(),
        request.faithfulness(),
        KeptValues.NONE,
        run);
  }

  private List<TokenPair> tokens(Subject of, Task task, List<TaskPair> pairs) {
    List<TokenPair> tokens = task.tokens(pairs, of.weights().tokenizer());
    for (int i = 0; i < tokens.size(); i++) {
      int[] own = subject.weights().tokenizer().ids(pairs.get(i).clean(), true);
      if (!Arrays.equals(own, tokens.get(i).clean())) {
        throw LoupeException.badInput(
            "%s and %s cut “%s” into different tokens"
                .formatted(subject.weights().name(), of.weights().name(), pairs.get(i).clean()),
            "Name models with the same tokenizer: what they attend to is compared token by token.");
      }
    }
    return tokens;
  }

  private CompareCircuitsReport.Comparison compare(
      ComponentCircuit first,
      ComponentCircuit second,
      Optional<ComponentCircuit> control,
      Optional<ComponentCircuit> otherControl,
      Random random) {
    Likeness<Component> likeness = likeness(first, second);
    int[] lengths = lengths();
    int[] same = IntStream.range(0, lengths.length).toArray();
    double[][] values = likeness.values(same, same);
    List<Matching.Pair> pairs = likeness.partners(values, first.circuit());
    double mean = likeness.mean(values, first.circuit());
    double[] texts = new double[request.draws()];
    double[] circuits = new double[request.draws()];
    for (int draw = 0; draw < texts.length; draw++) {
      run.check();
      texts[draw] =
          likeness.mean(
              likeness.values(
                  PermutedTexts.order(lengths, 1, random),
                  PermutedTexts.order(new int[lengths.length], 1, random)),
              first.circuit());
      circuits[draw] = likeness.mean(values, first.draw(first.circuit(), random));
    }
    List<CompareCircuitsReport.Partner> partners = new ArrayList<>();
    List<Component> others = new ArrayList<>();
    for (Matching.Pair pair : pairs) {
      Component one = first.circuit().get(pair.row());
      Component other = second.all().get(pair.column());
      others.add(other);
      partners.add(
          new CompareCircuitsReport.Partner(
              first.node(one),
              second.node(other),
              likeness.activity(one, other, same),
              likeness.effects(one, other, same)));
    }
    List<Component> ones = pairs.stream().map(pair -> first.circuit().get(pair.row())).toList();
    Beside beside = new Beside(ones, others, second, random);
    Set<Component> own = new HashSet<>(second.circuit());
    CompareCircuitsReport.Functional functional = functional(second, others, otherControl, random);
    CompareCircuitsReport.Chance byText = chance(mean, texts);
    CompareCircuitsReport.Chance byCircuit = chance(mean, circuits);
    return new CompareCircuitsReport.Comparison(
        second.subject().weights().name(),
        partners,
        mean,
        byText,
        byCircuit,
        control.map(each -> likeness.mean(values, each.circuit())),
        second
            .shuffled()
            .map(parts -> likeness(first, parts))
            .map(each -> each.mean(each.values(same, same), first.circuit())),
        beside.of(others.size(), true, list -> list.stream().filter(own::contains).count()),
        beside.of(
            others.size(),
            false,
            list ->
                IntStream.range(0, list.size())
                    .mapToDouble(
                        i -> Math.abs(first.depth(ones.get(i)) - second.depth(list.get(i))))
                    .average()
                    .orElse(Double.NaN)),
        beside.of(
            (int) ones.stream().filter(each -> !each.isMlp()).count(),
            true,
            list ->
                IntStream.range(0, list.size())
                    .filter(i ->
                        !ones.get(i).isMlp() && first.kind(ones.get(i)) == second.kind(list.get(i)))
                    .count()),
        functional,
        verdict(byText, functional));
  }

  /** A head is never like an MLP. */
  private static Likeness<Component> likeness(
      Likeness.Parts<Component> first, Likeness.Parts<Component> second) {
    return new Likeness<>(first, second, (one, other) -> one.isMlp() == other.isMlp());
  }

  private int[] lengths() {
    return tokens(subject, request.task(), compared(request.task())).stream()
        .mapToInt(TokenPair::length)
        .toArray();
  }

  private static CompareCircuitsReport.Chance chance(double observed, double[] draws) {
    return new CompareCircuitsReport.Chance(
        Arrays.stream(draws).average().orElseThrow(), PermutedTexts.p(observed, draws));
  }

  /** Figures of partners that were not matched on, beside partners drawn at random. */
  private final class Beside {
    private final List<Component> others;
    private final List<List<Component>> drawn = new ArrayList<>();

    Beside(List<Component> ones, List<Component> others, ComponentCircuit second, Random random) {
      this.others = others;
      for (int draw = 0; draw < request.draws(); draw++) {
        List<Component> some = second.draw(others, random);
        List<Component> heads = some.stream().filter(each -> !each.isMlp()).toList();
        List<Component> mlps = some.stream().filter(Component::isMlp).toList();
        int head = 0;
        int mlp = 0;
        List<Component> aligned = new ArrayList<>();
        for (Component one : ones) {
          aligned.add(one.isMlp() ? mlps.get(mlp++) : heads.get(head++));
        }
        drawn.add(aligned);
      }
    }

    CompareCircuitsReport.Shared of(
        int count, boolean isMoreBetter, ToDoubleFunction<List<Component>> figure) {
      double value = figure.applyAsDouble(others);
      double[] chance = drawn.stream().mapToDouble(figure).toArray();
      double p =
          isMoreBetter
              ? PermutedTexts.p(value, chance)
              : PermutedTexts.p(-value, Arrays.stream(chance).map(each -> -each).toArray());
      return new CompareCircuitsReport.Shared(
          value, count, Arrays.stream(chance).average().orElseThrow(), p);
    }
  }

  private CompareCircuitsReport.Functional functional(
      ComponentCircuit second,
      List<Component> partners,
      Optional<ComponentCircuit> control,
      Random random) {
    List<List<Component>> circuits = new ArrayList<>();
    circuits.add(partners);
    circuits.add(second.circuit());
    control.ifPresent(each -> circuits.add(each.ranked().subList(0, partners.size())));
    int fixed = circuits.size();
    for (int draw = 0; draw < Math.min(MOST_RUN, request.draws()); draw++) {
      circuits.add(second.draw(partners, random));
    }
    List<Estimate> found = second.faithfulness(circuits);
    double[] drawn = found.stream().skip(fixed).mapToDouble(Estimate::value).toArray();
    return new CompareCircuitsReport.Functional(
        found.get(0),
        found.get(1),
        Arrays.stream(drawn).average().orElseThrow(),
        PermutedTexts.p(found.get(0).value(), drawn),
        control.map(_ -> found.get(2).value()));
  }

  private static CompareCircuitsReport.Verdict verdict(
      CompareCircuitsReport.Chance texts, CompareCircuitsReport.Functional functional) {
    boolean isAlike = texts.p() <= LEVEL;
    boolean doesTheTask =
        functional.p() <= LEVEL
            && functional.random() <= Measured.RANDOM
            && functional.partners().value() >= SHARE * functional.own().value();
    return isAlike && doesTheTask
        ? CompareCircuitsReport.Verdict.SAME
        : isAlike || doesTheTask
            ? CompareCircuitsReport.Verdict.PARTLY
            : CompareCircuitsReport.Verdict.DIFFERENT;
  }

  private static List<Evidence> evidence(CompareCircuitsReport report) {
    List<Evidence> all = new ArrayList<>();
    for (CompareCircuitsReport.Comparison each : report.comparisons()) {
      all.add(
          Evidence.atMost(
                  LEVEL,
                  "The circuit's partners are more alike than with whole texts permuted",
                  Support.INTERVENED,
                  Estimate.exactly(each.texts().p(), "p"),
                  String.format(
                      Locale.ROOT,
                      "likeness %.3f, permuted %.3f",
                      each.likeness(),
                      each.texts().mean()))
              .about(each.model()));
      all.add(
          Evidence.noted(
                  "Random heads and MLPs of the first model have partners as alike",
                  Support.INTERVENED,
                  Estimate.exactly(each.circuits().mean(), "likeness"),
                  String.format(
                      Locale.ROOT,
                      "the circuit %.3f, p = %.3f: above .05 the models are as alike elsewhere",
                      each.likeness(),
                      each.circuits().p()))
              .about(each.model()));
      each.shuffled()
          .ifPresent(shuffled ->
              all.add(
                  Evidence.noted(
                          "Its architecture with shuffled weights is as alike",
                          Support.INTERVENED,
                          Estimate.exactly(shuffled, "likeness"),
                          String.format(Locale.ROOT, "with its own weights %.3f", each.likeness()))
                      .about(each.model())));
      all.add(
          Evidence.atLeast(
                  SHARE * each.functional().own().value(),
                  "The partners alone do the task there",
                  Support.INTERVENED,
                  each.functional().partners(),
                  String.format(
                      Locale.ROOT,
                      "its own circuit %.3f, random %.3f, p = %.3f",
                      each.functional().own().value(),
                      each.functional().random(),
                      each.functional().p()))
              .about(each.model()));
    }
    report.features().ifPresent(each -> all.addAll(FeatureComparison.evidence(each)));
    return all;
  }

  private List<String> caveats(List<Subject> all) {
    Set<String> caveats = new LinkedHashSet<>();
    all.forEach(each -> caveats.addAll(each.caveats()));
    if (request.features()) {
      caveats.addAll(FeatureComparison.CAVEATS);
    }
    caveats.add(
        "Heads and MLPs are patched whole, at every position, with the twin's outputs; embeddings"
            + " stay the clean prompt's.");
    caveats.add(
        "Texts of as many tokens change places where attention is permuted, and all pairs where"
            + " effects are.");
    caveats.add(
        "What is alike on these texts need not be alike on others; a head can do one thing here and"
            + " another elsewhere.");
    return List.copyOf(caveats);
  }

  private Provenance provenance() {
    return subject
        .provenance(run)
        .and(request.others().stream().map(each -> each.provenance(run)).toList());
  }
}
