package dev.loupe.instrument.trace;

import dev.loupe.dictionary.Dictionary;
import dev.loupe.dictionary.DictionaryLayer;
import dev.loupe.dictionary.LocalReplacement;
import dev.loupe.dictionary.Place;
import dev.loupe.fault.LoupeException;
import dev.loupe.model.ModelConfig;
import dev.loupe.model.Transformer;
import dev.loupe.model.frozen.FrozenRun;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.report.Provenance;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Engine;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import dev.loupe.tokenizer.Token;
import dev.loupe.tokenizer.TokenSequence;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Which parts of the model computed this answer (Ameisen et al. 2025, "Circuit Tracing"):
 * attribution in the basis of its own MLP neurons, without error nodes, or in that of a dictionary.
 */
public final class Trace {
  private static final int PREDICTIONS = 10;

  /** From so many of the logits the sweep learns where the flow goes before it chooses nodes. */
  private static final int PROFILED = 2;

  private static final double GROUP_COSINE = 0.7;
  private static final int QUESTION_CHARS = 160;

  private final LanguageModel model;
  private final Supplier<String> sha256;
  private final Transformer transformer;
  private final ModelConfig config;
  private final @Nullable Dictionary dictionary;

  /**
   * A trace in the basis of neurons.
   *
   * @param sha256 of the model's weights, asked for when the report is written
   * @throws LoupeException if the model computes in bfloat16
   */
  public Trace(LanguageModel model, Supplier<String> sha256) {
    this(model, sha256, null);
  }

  /**
   * A trace in the basis of a dictionary that was made for the model, which stays the caller's.
   *
   * @throws LoupeException if the model computes in bfloat16, or the frozen model has no place for
   *     the dictionary
   */
  public Trace(LanguageModel model, Supplier<String> sha256, @Nullable Dictionary dictionary) {
    this.model = model;
    this.sha256 = sha256;
    this.transformer = model.transformer();
    this.config = transformer.config();
    if (transformer.dtype() == DType.BF16) {
      throw LoupeException.badInput(
          "a trace in bfloat16 cannot close its sums to 1e-4",
          "Open the model in float32 (leave out --dtype).");
    }
    this.dictionary = dictionary == null ? null : dictionary.computingIn(transformer.dtype());
    if (this.dictionary != null) {
      WrittenPlaces.require(this.dictionary);
    }
  }

  /** Hears how a trace gets on. */
  public interface Listener {
    /** The model has run; the question in words, and what it predicts next, most probable first. */
    default void predicted(String question, List<TraceReport.Prediction> predictions) {}

    /** The sweep is so far. */
    default void sweeping(int layersDone, int layers, int targets) {}

    /** The graph is whole; what follows reads it: pruning, meanings, evidence. */
    default void attributed() {}

    /** Hears nothing. */
    static Listener silent() {
      return new Listener() {};
    }
  }

  /**
   * What the request would take, without doing it.
   *
   * @throws LoupeException as {@link #run}
   */
  public TraceCost estimate(TraceRequest request) {
    TokenSequence tokens = encode(request);
    int at = at(request, tokens.size());
    if (dictionary == null) {
      return cost(request, at, TraceCost.Active.NEURONS);
    }
    try (FrozenRun run = frozenRun(tokens, at);
        LocalReplacement replacement = replacement(request, run, dictionary)) {
      return cost(request, at, TraceCost.Active.of(transformer, replacement, at + 1));
    }
  }

  /**
   * Traces.
   *
   * @throws LoupeException if the prompt is empty or too long, a target is not one token, a
   *     position does not exist, the dictionary holds numbers that are not finite, or memory is too
   *     short
   */
  public TraceReport run(TraceRequest request, Listener listener) {
    long start = System.nanoTime();
    TokenSequence tokens = encode(request);
    int at = at(request, tokens.size());
    List<LogitTargets.Chosen> chosen = chosen(request);
    request.attention().forEach(each -> AttentionReasons.require(config, each, at + 1));
    if (dictionary == null) {
      TraceCost cost = cost(request, at, TraceCost.Active.NEURONS);
      try (FrozenRun run = frozenRun(tokens, at)) {
        return run(request, listener, tokens, chosen, run, null, cost, start);
      }
    }
    try (FrozenRun run = frozenRun(tokens, at);
        LocalReplacement replacement = replacement(request, run, dictionary)) {
      TraceCost cost = cost(request, at, TraceCost.Active.of(transformer, replacement, at + 1));
      return run(request, listener, tokens, chosen, run, replacement, cost, start);
    }
  }

  private TraceReport run(
      TraceRequest request,
      Listener listener,
      TokenSequence tokens,
      List<LogitTargets.Chosen> chosen,
      FrozenRun run,
      @Nullable LocalReplacement replacement,
      TraceCost cost,
      long start) {
    int at = run.length() - 1;
    List<TraceReport.Prediction> predictions = predictions(run, at);
    try (LogitTargets targets = LogitTargets.of(transformer, run, at, chosen)) {
      listener.predicted(question(tokens, at, targets), predictions);
      EdgeSweep.Swept swept = sweep(request, cost, run, replacement, targets, at, listener);
      AttributionGraph graph = GraphAssembler.assemble(config, run, swept);
      listener.attributed();
      return report(
          request, cost, tokens, at, run, replacement, targets, predictions, swept, graph, start);
    }
  }

  private FrozenRun frozenRun(TokenSequence tokens, int at) {
    return FrozenRun.of(
        transformer,
        Arrays.copyOf(tokens.ids(), at + 1),
        dictionary == null ? Set.of() : LocalReplacement.taps(dictionary));
  }

  private static LocalReplacement replacement(
      TraceRequest request, FrozenRun run, Dictionary dictionary) {
    return LocalReplacement.of(dictionary, run::at, held(request, run));
  }

  private TokenSequence encode(TraceRequest request) {
    if (request.prompt().isEmpty()) {
      throw LoupeException.badInput("the prompt is empty", "Give at least one character of text.");
    }
    TokenSequence tokens = model.tokenizer().encode(request.prompt(), !request.rendered());
    if (tokens.size() == 0) {
      throw LoupeException.badInput(
          "the prompt has no token: the tokenizer drops all of its characters", "Give other text.");
    }
    if (tokens.size() > config.context()) {
      throw LoupeException.badInput(
          "the prompt is %,d tokens long and %s reads at most %,d"
              .formatted(tokens.size(), model.name(), config.context()),
          "Shorten the prompt.");
    }
    return tokens;
  }

  private static int at(TraceRequest request, int length) {
    int asked = request.at().orElse(-1);
    int at = asked < 0 ? length + asked : asked;
    if (at < 0 || at >= length) {
      throw LoupeException.badInput(
          "there is no position %d: the prompt has tokens 0 to %d".formatted(asked, length - 1),
          "Choose --at between 0 and %d, or from the end between -1 and -%d."
              .formatted(length - 1, length));
    }
    return at;
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
          "tracing %,d tokens needs more than %,d MB before the first node is listed (%,d MB)"
              .formatted(at + 1, request.maxMemory().orElse(0) >> 20, cost.bytes() >> 20),
          "Raise --max-memory, or shorten the prompt.");
    }
    return cost;
  }

  private int maxNodes(TraceRequest request, int at) {
    return dictionary == null ? request.maxNodesFor(at + 1) : request.maxFeaturesFor(at + 1);
  }

  private EdgeSweep.Swept sweep(
      TraceRequest request,
      TraceCost cost,
      FrozenRun run,
      @Nullable LocalReplacement replacement,
      LogitTargets targets,
      int at,
      Listener listener) {
    if (listsAll(replacement, cost)) {
      MassProfile none = MassProfile.flat(config.layers());
      return new EdgeSweep(
              transformer, run, replacement, NodeBudget.everything(), none, listener::sweeping)
          .run(targets, at);
    }
    EdgeSweep pilot =
        new EdgeSweep(
            transformer,
            run,
            replacement,
            NodeBudget.nothing(),
            MassProfile.flat(config.layers()),
            (_, _, _) -> {});
    MassProfile profile;
    try (LogitTargets strongest = targets.first(PROFILED)) {
      profile = MassProfile.of(pilot.run(strongest, at).rows(), config.layers());
    }
    EdgeSweep sweep =
        new EdgeSweep(
            transformer,
            run,
            replacement,
            // Of a dictionary as many are listed as may be, not as many as a coverage asks for.
            NodeBudget.of(
                replacement == null ? request.coverage() : 1, cost.maxNodes(), held(request, run)),
            profile,
            listener::sweeping);
    return sweep.run(targets, at);
  }

  /** Whether all active features are listed, as a dictionary's are unless there are too many. */
  private static boolean listsAll(@Nullable LocalReplacement replacement, TraceCost cost) {
    return replacement != null && replacement.count() <= cost.maxNodes();
  }

  private TraceReport report(
      TraceRequest request,
      TraceCost cost,
      TokenSequence tokens,
      int at,
      FrozenRun run,
      @Nullable LocalReplacement replacement,
      LogitTargets targets,
      List<TraceReport.Prediction> predictions,
      EdgeSweep.Swept swept,
      AttributionGraph graph,
      long start) {
    PrunedGraph pruned =
        new GraphPruner(request.nodeThreshold(), request.edgeThreshold(), request.maxEdges())
            .prune(graph);
    GraphScores scores = GraphScores.of(graph);
    List<Integer> shownFeatures =
        IntStream.range(0, graph.nodes().size())
            .filter(node -> pruned.shows(node) && graph.nodes().get(node) instanceof Node.Feature)
            .boxed()
            .toList();
    Map<Integer, TraceReport.Meaning> meanings =
        new FeatureMeanings(transformer, run, dictionary, model.tokenizer(), at)
            .of(graph, shownFeatures);
    String stoppedBy =
        listsAll(replacement, cost)
            ? "nothing"
            : !swept.stoppedByCount()
                ? "coverage"
                : cost.maxNodes() < maxNodes(request, at) ? "maxMemory" : "maxNodes";
    String hash = sha256.get();
    AttentionReasons attention = new AttentionReasons(transformer, run, replacement, swept);
    List<AttentionReason> reasons = request.attention().stream().map(attention::of).toList();
    TraceEvidence evidence =
        new TraceEvidence(transformer, run, replacement, targets, graph, pruned, scores, at);
    return new TraceReport(
        question(tokens, at, targets),
        new TraceReport.Model(
            model.name(),
            config.family(),
            hash,
            dtypeName(),
            config.layers(),
            config.dModel(),
            config.dMlp(),
            config.heads(),
            config.vocabulary()),
        basis(dictionary),
        new TraceReport.Prompt(
            request.prompt(), tokens.tokens().stream().map(Trace::promptToken).toList()),
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
            held(request, run)),
        graph,
        pruned,
        meanings,
        tokenTexts(targets),
        request.group() ? NodeGroups.of(graph, pruned, GROUP_COSINE) : List.of(),
        StrongestPaths.throughEach(graph, pruned, request.paths()),
        reasons,
        scores,
        replacement == null
            ? (long) config.layers() * (at + 1) * config.dMlp()
            : replacement.count(),
        stoppedBy,
        evidence.all(reasons),
        TraceCaveats.of(
            config,
            dictionary,
            request,
            at,
            stoppedBy,
            tokens.size(),
            held(request, run),
            tokens.doubledStart(model.tokenizer()),
            transformer.weights().notes()),
        new Provenance(
            inputs(hash),
            request.seed(),
            dtypeName(),
            "cpu",
            Provenance.LOUPE,
            Runtime.version().toString(),
            Engine.version(),
            (System.nanoTime() - start) / 1e9));
  }

  private List<Provenance.Input> inputs(String hash) {
    List<Provenance.Input> inputs = new ArrayList<>();
    inputs.add(new Provenance.Input(model.name(), hash));
    if (dictionary != null) {
      inputs.add(new Provenance.Input(dictionary.info().name(), dictionary.fingerprint()));
    }
    return inputs;
  }

  private static TraceReport.Basis basis(@Nullable Dictionary dictionary) {
    if (dictionary == null) {
      return TraceReport.Basis.NEURONS;
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
                Place.name(first.writes().getFirst().target()))));
  }

  private String dtypeName() {
    return transformer.dtype() == DType.F64 ? "float64" : "float32";
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
