package dev.loupe.instrument.trace;

import dev.loupe.fault.LoupeException;
import dev.loupe.model.ModelConfig;
import dev.loupe.model.Transformer;
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
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * Which parts of the model computed this answer: attribution in the basis of its own MLP neurons
 * (Ameisen et al. 2025, "Circuit Tracing", without a dictionary and so without error nodes).
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

  /**
   * @param sha256 of the model's weights, asked for when the report is written
   * @throws LoupeException if the model computes in bfloat16
   */
  public Trace(LanguageModel model, Supplier<String> sha256) {
    this.model = model;
    this.sha256 = sha256;
    this.transformer = model.transformer();
    this.config = transformer.config();
    if (transformer.dtype() == DType.BF16) {
      throw LoupeException.badInput(
          "a trace in bfloat16 cannot close its sums to 1e-4",
          "Open the model in float32 (leave out --dtype).");
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
    int at = at(request, encode(request).size());
    return cost(request, at);
  }

  /**
   * Traces.
   *
   * @throws LoupeException if the prompt is empty or too long, a target is not one token, a
   *     position does not exist, or memory is too short
   */
  public TraceReport run(TraceRequest request, Listener listener) {
    long start = System.nanoTime();
    TokenSequence tokens = encode(request);
    int at = at(request, tokens.size());
    List<LogitTargets.Chosen> chosen = chosen(request);
    TraceCost cost = cost(request, at);
    int[] ids = tokens.ids();
    try (FrozenRun run = FrozenRun.of(transformer, Arrays.copyOf(ids, at + 1))) {
      List<TraceReport.Prediction> predictions = predictions(run, at);
      try (LogitTargets targets = LogitTargets.of(transformer, run, at, chosen)) {
        listener.predicted(question(tokens, at, targets), predictions);
        EdgeSweep.Swept swept = sweep(request, cost, run, targets, at, listener);
        AttributionGraph graph = GraphAssembler.assemble(config, run, swept);
        listener.attributed();
        return report(request, cost, tokens, at, run, targets, predictions, swept, graph, start);
      }
    }
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

  private TraceCost cost(TraceRequest request, int at) {
    TraceCost cost =
        TraceCost.of(
            transformer,
            at + 1,
            request.maxNodesFor(at + 1),
            request.maxMemory().orElse(Long.MAX_VALUE / 2));
    if (cost.maxNodes() == 0) {
      throw LoupeException.resource(
          "tracing %,d tokens needs more than %,d MB before the first node is listed (%,d MB)"
              .formatted(at + 1, request.maxMemory().orElse(0) >> 20, cost.bytes() >> 20),
          "Raise --max-memory, or shorten the prompt.");
    }
    return cost;
  }

  private EdgeSweep.Swept sweep(
      TraceRequest request,
      TraceCost cost,
      FrozenRun run,
      LogitTargets targets,
      int at,
      Listener listener) {
    EdgeSweep pilot =
        new EdgeSweep(
            transformer,
            run,
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
            NodeBudget.of(request.coverage(), cost.maxNodes(), held(request, run)),
            profile,
            listener::sweeping);
    return sweep.run(targets, at);
  }

  private TraceReport report(
      TraceRequest request,
      TraceCost cost,
      TokenSequence tokens,
      int at,
      FrozenRun run,
      LogitTargets targets,
      List<TraceReport.Prediction> predictions,
      EdgeSweep.Swept swept,
      AttributionGraph graph,
      long start) {
    PrunedGraph pruned =
        new GraphPruner(request.nodeThreshold(), request.edgeThreshold(), request.maxEdges())
            .prune(graph);
    GraphScores scores = GraphScores.of(graph);
    List<Integer> shownNeurons =
        IntStream.range(0, graph.nodes().size())
            .filter(node -> pruned.shows(node) && graph.nodes().get(node) instanceof Node.Neuron)
            .boxed()
            .toList();
    Map<Integer, TraceReport.Meaning> meanings =
        new NeuronMeanings(transformer, run, model.tokenizer(), at).of(graph, shownNeurons);
    String stoppedBy =
        !swept.stoppedByCount()
            ? "coverage"
            : cost.maxNodes() < request.maxNodesFor(at + 1) ? "maxMemory" : "maxNodes";
    String hash = sha256.get();
    TraceEvidence evidence =
        new TraceEvidence(transformer, run, targets, graph, pruned, scores, at);
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
        "neurons",
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
        scores,
        (long) config.layers() * (at + 1) * config.dMlp(),
        stoppedBy,
        evidence.all(),
        caveats(request, at, stoppedBy, tokens.size(), held(request, run)),
        new Provenance(
            List.of(new Provenance.Input(model.name(), hash)),
            request.seed(),
            dtypeName(),
            "cpu",
            Provenance.LOUPE,
            Runtime.version().toString(),
            Engine.version(),
            (System.nanoTime() - start) / 1e9));
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

  private List<String> caveats(
      TraceRequest request, int at, String stoppedBy, int tokens, int held) {
    List<String> caveats = new ArrayList<>();
    if (held > 0) {
      caveats.add(
          "The first token serves as attention sink: its neurons are held as constants, in remainder nodes of their"
              + " own (--first-position follow lists them).");
    }
    caveats.add(
        "Attention patterns and norm denominators are taken as given: why a head looks where it looks is not explained.");
    if (config.gated()) {
      caveats.add(
          "The gate of each neuron is taken as given; its value is traced through the linear half.");
    }
    if (config.logitCap() != 0) {
      caveats.add("Logits are explained before the model's soft cap of " + config.logitCap() + ".");
    }
    if (!stoppedBy.equals("coverage")) {
      caveats.add(
          "The list of neurons ended at %s before it covered %.0f%%; what is missing is in the remainder nodes."
              .formatted(
                  stoppedBy.equals("maxNodes") ? "--max-nodes" : "--max-memory",
                  100 * request.coverage()));
    }
    if (at + 1 < tokens) {
      caveats.add("Tokens after position " + at + " cannot act on it and are left out.");
    }
    return caveats;
  }
}
