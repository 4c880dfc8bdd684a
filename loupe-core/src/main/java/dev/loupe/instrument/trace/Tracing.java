package dev.loupe.instrument.trace;

import dev.loupe.dictionary.Dictionary;
import dev.loupe.dictionary.DictionaryLayer;
import dev.loupe.dictionary.LocalReplacement;
import dev.loupe.dictionary.Place;
import dev.loupe.dictionary.UnitNames;
import dev.loupe.fault.LoupeException;
import dev.loupe.instrument.Subject;
import dev.loupe.job.Counted;
import dev.loupe.job.Run;
import dev.loupe.job.Steps;
import dev.loupe.model.ModelConfig;
import dev.loupe.model.Tap;
import dev.loupe.model.Transformer;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.model.run.FrozenRun;
import dev.loupe.report.Finding;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import dev.loupe.tokenizer.Token;
import dev.loupe.tokenizer.TokenSequence;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** One trace. */
final class Tracing {
  private static final int PREDICTIONS = 10;

  /** From this many of the logits the sweep learns where the flow goes before it selects nodes. */
  private static final int PROFILED = 2;

  private static final double GROUP_COSINE = 0.7;
  private static final int QUESTION_CHARS = 160;

  private final Subject subject;
  private final Run run;
  private final LanguageModel model;
  private final Transformer transformer;
  private final ModelConfig config;
  private final @Nullable Dictionary dictionary;

  /**
   * A trace in the basis of its subject.
   *
   * @throws LoupeException if the model computes in bfloat16, or the frozen model has no place for
   *     the dictionary
   */
  Tracing(Subject subject, Run run) {
    this.subject = subject;
    this.run = run;
    this.model = subject.weights();
    this.transformer = model.transformer().watched(run::check);
    this.config = transformer.config();
    if (transformer.dtype() == DType.BF16) {
      throw LoupeException.badInput(
          "a trace in bfloat16 cannot close its sums to 1e-4",
          "Open the model in float32, or with its weights as stored.");
    }
    this.dictionary = subject.dictionary().orElse(null);
    if (dictionary != null) {
      WrittenPlaces.require(dictionary);
    }
  }

  TraceCost estimate(TraceRequest request) {
    TokenSequence tokens = subject.prompt(request.prompt(), request.rendered());
    int at = subject.position(request.at(), tokens);
    if (dictionary == null) {
      return cost(request, at, TraceCost.Active.NEURONS);
    }
    try (FrozenRun frozen = frozenRun(request, tokens, at);
        LocalReplacement replacement = replacement(request, frozen, dictionary)) {
      return cost(request, at, TraceCost.Active.of(transformer, replacement, at + 1));
    }
  }

  Finding<TraceReport> ask(TraceRequest request) {
    TokenSequence tokens = subject.prompt(request.prompt(), request.rendered());
    int at = subject.position(request.at(), tokens);
    List<LogitTargets.Chosen> chosen = chosen(request);
    request.attention().forEach(each -> AttentionReasons.require(config, each, at + 1));
    request.reference().ifPresent(each -> each.ids(model.tokenizer(), config.context()));
    run.check();
    if (dictionary == null) {
      TraceCost cost = cost(request, at, TraceCost.Active.NEURONS);
      try (FrozenRun frozen = frozenRun(request, tokens, at)) {
        return ask(request, tokens, chosen, frozen, null, cost);
      }
    }
    try (FrozenRun frozen = frozenRun(request, tokens, at);
        LocalReplacement replacement = replacement(request, frozen, dictionary)) {
      TraceCost cost = cost(request, at, TraceCost.Active.of(transformer, replacement, at + 1));
      return ask(request, tokens, chosen, frozen, replacement, cost);
    }
  }

  private Finding<TraceReport> ask(
      TraceRequest request,
      TokenSequence tokens,
      List<LogitTargets.Chosen> chosen,
      FrozenRun frozen,
      @Nullable LocalReplacement replacement,
      TraceCost cost) {
    int at = frozen.length() - 1;
    List<TraceReport.Prediction> predictions = predictions(frozen, at);
    try (LogitTargets targets = LogitTargets.of(transformer, frozen, at, chosen)) {
      run.early(new Trace.Predicted(question(tokens, at, targets), predictions));
      Swept swept = sweep(request, cost, frozen, replacement, targets, at);
      AttributionGraph graph = GraphAssembler.assemble(config, frozen, swept);
      run.early(new Trace.Attributed());
      run.check();
      return finding(
          request, cost, tokens, at, frozen, replacement, targets, predictions, swept, graph);
    }
  }

  private FrozenRun frozenRun(TraceRequest request, TokenSequence tokens, int at) {
    int[] ids = Arrays.copyOf(tokens.ids(), at + 1);
    Set<Tap> also = dictionary == null ? Set.of() : LocalReplacement.taps(dictionary);
    return request.sets() == TraceRequest.Sets.NONE
        ? FrozenRun.of(transformer, ids, also)
        : FrozenRun.withKeysAndValues(transformer, ids, also);
  }

  private static LocalReplacement replacement(
      TraceRequest request, FrozenRun run, Dictionary dictionary) {
    return LocalReplacement.of(dictionary, run::at, held(request, run));
  }

  private List<LogitTargets.Chosen> chosen(TraceRequest request) {
    int against = request.against().map(model.tokenizer()::singleToken).orElse(-1);
    return request.targets().stream()
        .map(text -> new LogitTargets.Chosen(model.tokenizer().singleToken(text), against))
        .toList();
  }

  private TraceCost cost(TraceRequest request, int at, TraceCost.Active active) {
    TraceCost cost =
        TraceCost.of(
            transformer,
            at + 1,
            maxNodes(request, at),
            request.maxMemory().orElse(Long.MAX_VALUE / 2),
            active);
    if (cost.maxNodes() == 0) {
      throw LoupeException.resource(
          String.format(
              Locale.ROOT,
              "tracing %,d tokens needs more than %,d MB before the first node is listed (%,d MB)",
              at + 1,
              request.maxMemory().orElse(0) >> 20,
              cost.bytes() >> 20),
          "Raise `maxMemory`, or shorten the prompt.");
    }
    return cost;
  }

  private int maxNodes(TraceRequest request, int at) {
    return dictionary == null ? request.maxNodesFor(at + 1) : request.maxFeaturesFor(at + 1);
  }

  private Swept sweep(
      TraceRequest request,
      TraceCost cost,
      FrozenRun frozen,
      @Nullable LocalReplacement replacement,
      LogitTargets targets,
      int at) {
    try (Steps steps = run.steps("tracing", Counted.LAYERS, config.layers())) {
      if (listsAll(replacement, cost)) {
        MassProfile none = MassProfile.flat(config.layers());
        return new EdgeSweep(
                transformer, frozen, replacement, NodeBudget.everything(), none, steps::at)
            .run(targets, at);
      }
      EdgeSweep pilot =
          new EdgeSweep(
              transformer,
              frozen,
              replacement,
              NodeBudget.nothing(),
              MassProfile.flat(config.layers()),
              _ -> run.check());
      MassProfile profile;
      try (LogitTargets strongest = targets.first(PROFILED)) {
        profile = MassProfile.of(pilot.run(strongest, at).rows(), config.layers());
      }
      // Of a dictionary as many are listed as may be, not as many as a coverage asks for.
      double coverage = replacement == null ? request.coverage() : 1;
      NodeBudget budget = NodeBudget.of(coverage, cost.maxNodes(), held(request, frozen));
      return new EdgeSweep(transformer, frozen, replacement, budget, profile, steps::at)
          .run(targets, at);
    }
  }

  /** Whether all active features are listed, as a dictionary's are unless there are too many. */
  private static boolean listsAll(@Nullable LocalReplacement replacement, TraceCost cost) {
    return replacement != null && replacement.count() <= cost.maxNodes();
  }

  private Finding<TraceReport> finding(
      TraceRequest request,
      TraceCost cost,
      TokenSequence tokens,
      int at,
      FrozenRun frozen,
      @Nullable LocalReplacement replacement,
      LogitTargets targets,
      List<TraceReport.Prediction> predictions,
      Swept swept,
      AttributionGraph graph) {
    PrunedGraph pruned =
        new GraphPruner(request.nodeThreshold(), request.edgeThreshold(), request.maxEdges())
            .prune(graph);
    run.check();
    GraphScores scores = GraphScores.of(graph);
    run.check();
    List<Integer> shownFeatures =
        IntStream.range(0, graph.nodes().size())
            .filter(node -> pruned.shows(node) && graph.nodes().get(node) instanceof Node.Feature)
            .boxed()
            .toList();
    double[] effects = PredictedEffects.of(transformer, frozen, replacement, targets, graph);
    FeatureMeanings reading =
        new FeatureMeanings(transformer, frozen, dictionary, model.tokenizer(), at);
    Map<Integer, TraceReport.Meaning> meanings =
        reading.of(
            graph,
            Stream.concat(shownFeatures.stream(), Supernodes.candidates(graph, effects).stream())
                .distinct()
                .toList());
    String stoppedBy =
        listsAll(replacement, cost)
            ? "nothing"
            : !swept.stoppedByCount()
                ? "coverage"
                : cost.maxNodes() < maxNodes(request, at) ? "maxMemory" : "maxNodes";
    run.check();
    AttentionReasons attention = new AttentionReasons(transformer, frozen, replacement, swept);
    List<AttentionReason> reasons = request.attention().stream().map(attention::of).toList();
    TraceEvidence evidence =
        new TraceEvidence(transformer, frozen, replacement, targets, graph, pruned, scores, at);
    long units = replacement == null ? (at + 1) * config.activeUnits() : replacement.count();
    TraceReport report =
        new TraceReport(
            new TraceReport.Model(
                model.name(),
                config.family(),
                subject.sha256(),
                subject.dtype(),
                config.layers(),
                config.dModel(),
                config.dMlp(),
                config.heads(),
                config.vocabulary()),
            basis(dictionary, config),
            new TraceReport.Prompt(
                request.prompt(), tokens.tokens().stream().map(Tracing::promptToken).toList()),
            at,
            predictions,
            new TraceReport.Settings(
                request.coverage(),
                cost.maxNodes(),
                request.nodeThreshold(),
                request.edgeThreshold(),
                String.join(" | ", request.targets()),
                request.against().orElse(""),
                request.group() ? GROUP_COSINE : 0,
                request.maxEdges(),
                held(request, frozen)),
            graph,
            pruned,
            meanings,
            tokenTexts(targets),
            request.group() ? NodeGroups.of(graph, pruned, GROUP_COSINE) : List.of(),
            StrongestPaths.throughEach(graph, pruned, request.paths()),
            reasons,
            byNode(graph, effects),
            Optional.empty(),
            scores,
            aggregate(request, frozen, replacement, targets, swept, graph),
            units,
            stoppedBy);
    Optional<TraceReport.Tested> tested =
        new TestedTogether(subject, run, frozen, replacement, targets)
            .of(request, report, effects, reading);
    return new Finding<>(
        TraceJson.SCHEMA,
        question(tokens, at, targets),
        tested.map(report::with).orElse(report),
        Stream.concat(
                tested.stream()
                    .flatMap(
                        each -> TraceVerdict.evidence(each.sets(), report.basis().unit()).stream()),
                evidence.all(reasons).stream())
            .toList(),
        TraceCaveats.of(
            config,
            dictionary,
            request,
            at,
            stoppedBy,
            tokens.size(),
            held(request, frozen),
            subject.caveats(tokens)),
        subject.provenance(run));
  }

  /** Of neurons, which are too many to be listed; a dictionary's active features mostly are. */
  private Optional<InAggregate> aggregate(
      TraceRequest request,
      FrozenRun frozen,
      @Nullable LocalReplacement replacement,
      LogitTargets targets,
      Swept swept,
      AttributionGraph graph) {
    if (replacement != null) {
      return Optional.empty();
    }
    return Optional.of(
        InAggregate.follow(transformer, frozen, targets, swept, graph, held(request, frozen), run));
  }

  private static Map<Integer, Double> byNode(AttributionGraph graph, double[] effects) {
    Map<Integer, Double> byNode = new HashMap<>();
    for (int node = 0; node < effects.length; node++) {
      if (graph.nodes().get(node) instanceof Node.Feature) {
        byNode.put(node, effects[node]);
      }
    }
    return byNode;
  }

  private static TraceReport.Basis basis(@Nullable Dictionary dictionary, ModelConfig config) {
    if (dictionary == null) {
      return TraceReport.Basis.neurons(new UnitNames(config.mixtures()));
    }
    DictionaryLayer first = dictionary.parts(dictionary.layers().getFirst());
    return new TraceReport.Basis(
        switch (dictionary.kind()) {
          case SAE -> "sae";
          case TRANSCODER -> "plt";
          case CROSS_LAYER_TRANSCODER -> "clt";
        },
        Optional.of(
            new TraceReport.DictionarySource(
                dictionary.info().name(),
                dictionary.info().format(),
                dictionary.layers().size(),
                dictionary.layers().stream().mapToLong(dictionary::features).sum(),
                first.selection().label(),
                Place.name(first.reads()),
                Place.name(first.writes().getFirst().target()))),
        UnitNames.PLAIN);
  }

  private static TraceReport.PromptToken promptToken(Token token) {
    return new TraceReport.PromptToken(token.id(), token.text(), token.start(), token.end());
  }

  private Map<Integer, String> tokenTexts(LogitTargets targets) {
    Map<Integer, String> texts = new HashMap<>();
    for (Node.Logit logit : targets.nodes()) {
      texts.put(logit.token(), model.tokenizer().tokenText(logit.token()));
      if (logit.against() >= 0) {
        texts.put(logit.against(), model.tokenizer().tokenText(logit.against()));
      }
    }
    return texts;
  }

  private String question(TokenSequence tokens, int at, LogitTargets targets) {
    Node.Logit first = targets.nodes().getFirst();
    String text = model.tokenizer().tokenText(first.token());
    String read = tokens.text().substring(0, tokens.token(at).endChar());
    String shown = read.length() <= QUESTION_CHARS ? read : "…" + ending(read);
    return first.against() < 0
        ? "Why does %s continue “%s” with “%s”?".formatted(shortName(), shown, text)
        : "Why does %s continue “%s” with “%s” rather than “%s”?"
            .formatted(shortName(), shown, text, model.tokenizer().tokenText(first.against()));
  }

  /** The last words of a long text. */
  private static String ending(String text) {
    String end = text.substring(text.length() - QUESTION_CHARS);
    return end.substring(Math.max(0, end.indexOf(' ')));
  }

  /** The name without its owner and the mark of its format. */
  private String shortName() {
    String name = model.name();
    return name.substring(name.lastIndexOf('/') + 1).replaceFirst("-GGUF$", "");
  }

  private List<TraceReport.Prediction> predictions(FrozenRun run, int at) {
    try (var _ = NativeScope.open()) {
      Tensor logits =
          transformer.unembed(run.finalHidden().slice(0, at, at + 1L)).reshape(config.vocabulary());
      Tensor.Top top = logits.softmax(0).topK(Math.min(PREDICTIONS, config.vocabulary()), 0);
      float[] probabilities = top.values().toFloats();
      float[] values = logits.indexSelect(0, top.indices()).toFloats();
      long[] ids = top.indices().toLongs();
      List<TraceReport.Prediction> predictions = new ArrayList<>();
      for (int i = 0; i < ids.length; i++) {
        int id = Math.toIntExact(ids[i]);
        predictions.add(
            new TraceReport.Prediction(
                id, model.tokenizer().tokenText(id), probabilities[i], values[i]));
      }
      return predictions;
    }
  }

  private static int held(TraceRequest request, FrozenRun run) {
    return switch (request.firstPosition()) {
      case FOLLOW -> 0;
      case HOLD -> 1;
      case AUTO -> run.firstPositionIsSink() ? 1 : 0;
    };
  }
}
