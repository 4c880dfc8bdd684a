package dev.loupe.instrument.circuit;

import dev.loupe.circuit.Ablation;
import dev.loupe.circuit.Component;
import dev.loupe.circuit.Errors;
import dev.loupe.circuit.Faithfulness;
import dev.loupe.circuit.Prepared;
import dev.loupe.circuit.Prepared.Circuit;
import dev.loupe.circuit.Ranking;
import dev.loupe.circuit.Reference;
import dev.loupe.circuit.Slopes;
import dev.loupe.dictionary.FeatureBasis;
import dev.loupe.dictionary.FeatureId;
import dev.loupe.dictionary.NamedBasis;
import dev.loupe.dictionary.NeuronBasis;
import dev.loupe.fault.LoupeException;
import dev.loupe.instrument.Subject;
import dev.loupe.job.Cost;
import dev.loupe.job.Counted;
import dev.loupe.job.KeptValues;
import dev.loupe.job.Run;
import dev.loupe.job.Steps;
import dev.loupe.model.Transformer;
import dev.loupe.report.Finding;
import dev.loupe.report.Provenance;
import dev.loupe.statistics.Estimate;
import dev.loupe.task.Metric;
import dev.loupe.task.Task;
import dev.loupe.task.TaskPair;
import dev.loupe.task.TokenPair;
import dev.loupe.tensor.Engine;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;

/** One search for a circuit, and its tests on held-out pairs. */
final class CircuitFinding {
  /** Runs of one pair beside the random circuits: the ends, the curve, the rivals. */
  private static final int FIXED_RUNS = 40;

  /** A held-out pair is run without each of so many members at most. */
  private static final int MOST_DROPS = 200;

  private static final int DROP_PAIRS = 12;

  /** Of the pairs that choose, one in so many chooses the size of a mask and does not learn it. */
  private static final int SIZING = 4;

  /** A mask cannot be nearer to the model than that on every pair. */
  private static final double LEAST_DISTANCE = 0.02;

  private final Subject subject;
  private final Run run;
  private final CircuitRequest request;
  private final Transformer model;
  private final NamedBasis named;
  private final FeatureBasis basis;
  private final List<TokenPair> train;
  private final List<TokenPair> heldOut;
  private final TaskPair shown;
  private final Ablation ablation;
  private final Errors errors;
  private KeptValues kept = KeptValues.NONE;

  CircuitFinding(Subject subject, Run run, CircuitRequest request) {
    this.subject = subject;
    this.run = run;
    this.request = request;
    this.model = subject.transformer();
    this.named = subject.exactBasis();
    this.basis = named.basis();
    Task task = request.task();
    List<TaskPair> chosen = task.train().stream().limit(request.pairs()).toList();
    List<TaskPair> tested = task.heldOut().stream().limit(request.pairs()).toList();
    if (chosen.size() < 2 || tested.size() < 2) {
      throw LoupeException.badInput(
          String.format(
              Locale.ROOT,
              "the task %s has %,d pairs to choose a circuit and %,d to test it",
              task.name(),
              chosen.size(),
              tested.size()),
          "Give at least four pairs, of which two are held out: one prompt says nothing about a"
              + " task.");
    }
    this.shown = tested.getFirst();
    this.train = task.tokens(chosen, subject.weights().tokenizer());
    this.heldOut = task.tokens(tested, subject.weights().tokenizer());
    this.ablation =
        request
            .ablation()
            .orElseGet(() ->
                train.stream().allMatch(pair -> pair.corrupted().isPresent())
                    ? Ablation.TWIN
                    : Ablation.MEAN);
    if (ablation == Ablation.TWIN) {
      task.requireTwins(chosen, "ablation puts in the twin's values");
      task.requireTwins(tested, "ablation puts in the twin's values");
    }
    if (request.ranking() == Ranking.INPUTS) {
      task.requireTwins(chosen, "the path of integrated gradients begins there");
    }
    this.errors = request.errors().orElse(Slopes.isCut(basis) ? Errors.ABLATED : Errors.KEPT);
    if (errors == Errors.NODES && named.dictionary().isEmpty()) {
      throw LoupeException.badInput(
          "neurons leave no errors that could be nodes",
          "Give a dictionary as the basis, or other `errors`.");
    }
  }

  /** From one forward pass: the runs of the search are those of some twenty sizes. */
  Cost estimate() {
    int length = train.stream().mapToInt(TokenPair::length).max().orElseThrow();
    double pass = subject.secondsOfAPass(length);
    long mask = isMask() ? 3L * Prepared.MASK_STEPS * Prepared.MASK_PAIRS : 0;
    int parts =
        request.heads() ? Component.all(model.config().layers(), model.config().heads()).size() : 0;
    long runs =
        (long) heldOut.size() * (FIXED_RUNS + request.draws() + parts)
            + 2L * parts * train.size()
            + (isMask() ? 0 : CircuitSearch.MOST_RUNS)
            + (long) DROP_PAIRS * MOST_DROPS
            + (25L * train.size() + mask) * (request.neurons() ? 2 : 1);
    int pairs = train.size() + heldOut.size();
    return new Cost(
        2 * pass * runs * ablation.runs(),
        Engine.residentBytes() + Prepared.bytes(model.config(), pairs, length, request.neurons()),
        0,
        String.format(
            Locale.ROOT,
            "about %,d runs at most, over %,d pairs that choose the circuit and %,d that test it",
            runs,
            train.size(),
            heldOut.size()));
  }

  Finding<CircuitReport> ask() {
    request.log().ifPresent(file -> kept = KeptValues.in(file, searched()));
    List<Reference> shared = new ArrayList<>();
    try {
      Optional<Reference> reference = reference(basis, shared);
      try (Prepared choosing = prepared(basis, train, reference, "running the pairs");
          Prepared testing = prepared(basis, heldOut, reference, "running held-out pairs")) {
        return ask(choosing, testing, reference, shared);
      }
    } finally {
      shared.forEach(Reference::close);
    }
  }

  /** All that measured values depend on, but for what their batches name. */
  private String searched() {
    return String.format(
        Locale.ROOT,
        "a circuit of %s (%.12s) in %s%s for “%s” by %s, omitted features at %s, seed %d, %,d pairs,"
            + " in %s by Loupe %s",
        subject.weights().name(),
        subject.sha256(),
        named.name(),
        named.dictionary().map(each -> " (%.12s)".formatted(each.fingerprint())).orElse(""),
        request.task().name(),
        request.task().metric().label(),
        ablation.label(),
        run.seed(),
        train.size(),
        subject.dtype(),
        Provenance.LOUPE);
  }

  /** What all pairs share; empty where each has its twin. */
  private Optional<Reference> reference(FeatureBasis of, List<Reference> owned) {
    Optional<Reference> made =
        switch (ablation) {
          case TWIN -> Optional.empty();
          case ZERO -> Optional.of(Reference.zero(of));
          case CLUSTER ->
              Optional.of(
                  Reference.cluster(
                      model, of, train.stream().map(TokenPair::clean).toList(), run.seed()));
          case MEAN, MEAN_BY_POSITION ->
              Optional.of(
                  Reference.mean(
                      model,
                      of,
                      train.stream().map(TokenPair::clean).toList(),
                      ablation == Ablation.MEAN_BY_POSITION));
        };
    made.ifPresent(owned::add);
    return made;
  }

  private Prepared prepared(
      FeatureBasis of, List<TokenPair> pairs, Optional<Reference> reference, String what) {
    try (Steps steps = run.steps(what, Counted.PROMPTS, pairs.size())) {
      return Prepared.of(model, of, pairs, request.task().metric(), reference, steps::at)
          .keptIn(kept.part(of == basis ? "features" : "neurons").part(train.toString()));
    }
  }

  private boolean isMask() {
    return request.ranking() == Ranking.MASK;
  }

  /** By the ranking; to first order where that is a mask, and no score. */
  private Map<FeatureId, Double> scores(Prepared of, Errors how) {
    if (isMask() && request.task().metric() == Metric.KL) {
      Map<FeatureId, Double> scores = new HashMap<>(of.activations());
      if (how == Errors.NODES) {
        of.errorNodes().forEach(error -> scores.put(error, 0.));
      }
      return scores;
    }
    try (Steps steps = run.steps("scoring features", Counted.PROMPTS, of.size())) {
      return of.scores(isMask() ? Ranking.ATTRIBUTION : request.ranking(), how, steps::at);
    }
  }

  /** Candidates, the best first, by the pairs that {@link #learning} leaves. */
  private List<FeatureId> order(Prepared of, Map<FeatureId, Double> scores, Errors how) {
    if (!isMask()) {
      return CircuitSearch.ranked(scores);
    }
    try (Steps steps = run.steps("learning a mask", Counted.STEPS, Prepared.MASK_STEPS)) {
      return learning(of)
          .masked(
              CircuitSearch.ranked(scores),
              how,
              Math.max(LEAST_DISTANCE, Math.abs(1 - request.faithfulness())),
              run.seed(),
              steps::at);
    }
  }

  /** How many pairs choose the size of a mask; all do where they are few. */
  private int sizing(Prepared of) {
    boolean isApart = isMask() && of.size() >= 2 * SIZING;
    return isApart ? of.size() / SIZING : of.size();
  }

  /** The pairs that rank. */
  private Prepared learning(Prepared of) {
    return sizing(of) == of.size() ? of : of.first(of.size() - sizing(of));
  }

  private CircuitSearch search(Prepared of, Errors how) {
    return new CircuitSearch(
        learning(of), of.part(of.size() - sizing(of), of.size()), how, request.faithfulness(), run);
  }

  private Finding<CircuitReport> ask(
      Prepared choosing, Prepared testing, Optional<Reference> reference, List<Reference> shared) {
    CircuitSearch search = search(choosing, errors);
    Map<FeatureId, Double> scores = scores(choosing, errors);
    List<FeatureId> order = order(choosing, scores, errors);
    CircuitSearch.Chosen chosen = search.search(order, !isMask());
    Rivals rivals = new Rivals(subject, basis, request, errors, run);
    Measured measured =
        new Measured(testing, request, errors, run, chosen.features(), order, absolute(scores));
    measured.measure(
        rivals.sets(choosing, order, scores, chosen.features(), reference),
        rivals.draws(order, chosen.features()));
    CircuitReport.NeuronCircuit neurons = neurons(shared);
    Prepared some = testing.first(Math.min(DROP_PAIRS, testing.size()));
    List<Dropped> dropped = members(some, measured, chosen, scores);
    List<CircuitReport.Member> members = dropped.stream().map(Dropped::member).toList();
    List<CircuitReport.Supernode> supernodes =
        new CircuitGroups(subject, basis, errors, run)
            .of(
                some,
                members.stream().map(CircuitReport.Member::feature).toList(),
                dropped.stream().map(Dropped::lost).toList(),
                chosen.features(),
                lost -> measured.share(lost, some.size()));
    CircuitReport.Example example =
        new ExamplePair(model, basis, subject.weights().tokenizer(), request.task(), errors, run)
            .of(shown, testing.items().getFirst(), byDrop(members, chosen.features()));
    CircuitReport report =
        new CircuitReport(
            subject.weights().name(),
            named.name(),
            choices(),
            measured.scores(),
            order.size(),
            testing.activePerPrompt(),
            measured.verdict(),
            measured.found(chosen),
            measured.curve(),
            measured.areas(),
            measured.rivals(),
            measured.draws(),
            measured.p(),
            neurons,
            heads(),
            members,
            supernodes,
            example);
    return new Finding<>(
        FindCircuit.SCHEMA,
        "Which circuit of %s does the task “%s”?"
            .formatted(subject.weights().name(), request.task().name()),
        report,
        new CircuitEvidence(report).all(),
        new CircuitCaveats(subject, ablation, errors, MOST_DROPS)
            .of(shown, Math.min(DROP_PAIRS, heldOut.size())),
        subject.provenance(run));
  }

  private static List<FeatureId> absolute(Map<FeatureId, Double> scores) {
    Map<FeatureId, Double> sizes = new HashMap<>();
    scores.forEach((feature, score) -> sizes.put(feature, Math.abs(score)));
    return CircuitSearch.ranked(sizes);
  }

  private CircuitReport.NeuronCircuit neurons(List<Reference> shared) {
    boolean isPossible =
        request.neurons() && named.dictionary().isPresent() && NeuronBasis.suits(model);
    if (!isPossible) {
      return new CircuitReport.NeuronCircuit(
          false, OptionalInt.empty(), 0, Estimate.exactly(Double.NaN, "not searched"));
    }
    FeatureBasis own = NeuronBasis.of(model);
    Optional<Reference> reference = reference(own, shared);
    try (Prepared choosing = prepared(own, train, reference, "running the pairs in neurons");
        Prepared testing = prepared(own, heldOut, reference, "running held-out pairs")) {
      Errors how = errors == Errors.NODES ? Errors.KEPT : errors;
      List<FeatureId> order = order(choosing, scores(choosing, how), how);
      CircuitSearch.Chosen chosen = search(choosing, how).search(order, false);
      double[][] values =
          testing.values(
              List.of(Circuit.keeping(List.of()), Circuit.keeping(chosen.features())),
              how,
              _ -> run.check());
      return new CircuitReport.NeuronCircuit(
          true,
          chosen.byScore(),
          order.size(),
          new Faithfulness(testing.own(), values[0]).estimate(values[1], run.seed()));
    }
  }

  /** Ablated to the twin's values, whatever features are ablated to. */
  private Optional<CompareCircuitsReport.ModelCircuit> heads() {
    boolean haveTwins =
        Stream.concat(train.stream(), heldOut.stream())
            .allMatch(pair -> pair.corrupted().isPresent());
    if (!request.heads() || !haveTwins) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          new ComponentCircuit(
                  subject,
                  train,
                  heldOut,
                  request.task().metric(),
                  request.faithfulness(),
                  kept,
                  run)
              .told(request.draws(), new Random(run.seed())));
    } catch (LoupeException e) {
      run.note("No circuit of heads and MLPs: " + e.getMessage()); // features may do without
      return Optional.empty();
    }
  }

  /** A member with what the circuit's metric loses without it, by pair. */
  @SuppressWarnings("ArrayRecordComponent") // handed from one step to the next, never compared
  private record Dropped(CircuitReport.Member member, double[] lost) {}

  /** What the circuit loses without each of its features, on some held-out pairs. */
  private List<Dropped> members(
      Prepared some,
      Measured measured,
      CircuitSearch.Chosen chosen,
      Map<FeatureId, Double> scores) {
    List<FeatureId> features =
        chosen.features().subList(0, Math.min(MOST_DROPS, chosen.features().size()));
    List<Circuit> circuits = new ArrayList<>();
    circuits.add(Circuit.keeping(chosen.features()));
    for (FeatureId left : features) {
      circuits.add(
          Circuit.keeping(chosen.features().stream().filter(each -> !each.equals(left)).toList()));
    }
    double[][] values;
    try (Steps steps =
        run.steps("minimality", Counted.RUNS, (long) circuits.size() * some.size())) {
      values = some.values(circuits, errors, steps::at);
    }
    List<Dropped> members = new ArrayList<>();
    for (int i = 0; i < features.size(); i++) {
      double[] lost = new double[values[0].length];
      double[] without = values[i + 1];
      Arrays.setAll(lost, pair -> values[0][pair] - without[pair]);
      members.add(
          new Dropped(
              new CircuitReport.Member(
                  features.get(i),
                  scores.getOrDefault(features.get(i), 0.),
                  measured.share(lost, some.size())),
              lost));
    }
    members.sort((a, b) -> Double.compare(b.member().drop().value(), a.member().drop().value()));
    return members;
  }

  /** All features of the circuit, those whose drop was measured first. */
  private static List<FeatureId> byDrop(
      List<CircuitReport.Member> members, List<FeatureId> circuit) {
    Set<FeatureId> ordered = new LinkedHashSet<>();
    members.forEach(member -> ordered.add(member.feature()));
    ordered.addAll(circuit);
    return List.copyOf(ordered);
  }

  private CircuitReport.Choices choices() {
    Task task = request.task();
    return new CircuitReport.Choices(
        task.name(),
        task.source(),
        task.metric().label(),
        ablation.label(),
        errors.label(),
        request.ranking().label(),
        errors == Errors.NODES
            ? "features and errors of layers, each at every position"
            : "features, each at every position",
        Slopes.isCut(basis),
        request.faithfulness(),
        train.size(),
        heldOut.size());
  }
}
