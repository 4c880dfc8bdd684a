package dev.loupe.cli;

import dev.loupe.IntermediateHop;
import dev.loupe.Loupe;
import dev.loupe.dictionary.Dictionary;
import dev.loupe.fault.LoupeException;
import dev.loupe.hub.Hub;
import dev.loupe.hub.Progress;
import dev.loupe.instrument.trace.NeuronpediaGraph;
import dev.loupe.instrument.trace.Trace;
import dev.loupe.instrument.trace.TraceCost;
import dev.loupe.instrument.trace.TraceJson;
import dev.loupe.instrument.trace.TraceReport;
import dev.loupe.instrument.trace.TraceRequest;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.report.Evidence;
import dev.loupe.report.HtmlPage;
import dev.loupe.report.Verdict;
import dev.loupe.tokenizer.ChatTemplate;
import dev.loupe.tokenizer.Message;
import java.io.StringWriter;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code loupe trace}. */
@Command(
    name = "trace",
    header = "Which parts of the model computed this answer?",
    description = {
      "",
      "Follows the answer back from the logits to neurons, or a dictionary's features and errors, to tokens and"
          + " biases. Every edge is exact; what is not listed is summed into remainder nodes, so that all sums close. The evidence below the answer says how"
          + " this was checked on this model and this prompt."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  loupe trace \"The capital of the country in which Kalport lies is\"",
      "  loupe trace --model smollm2 \"The capital of France is\" --target \" Paris\" --against \" London\"",
      "  loupe trace \"The capital of France is\" --model gpt2 --basis my-clt",
      "  loupe trace \"4 7 + 3 8 =\" --html trace.html --json trace.json",
      "  loupe trace --model smollm2 --chat \"What is the capital of Norway?\" --max-nodes 4000",
      "  loupe trace --prompt-file long.txt --estimate --max-memory 4GiB"
    })
final class TraceCommand implements Callable<Integer> {
  private final Terminal terminal;
  private final LoupeCommand root;

  @Mixin private final PromptOptions prompt = new PromptOptions();
  @Mixin private final ModelOption modelOption = new ModelOption();
  @Mixin private final TraceOptions options = new TraceOptions();
  @Mixin private final BasisOptions basis = new BasisOptions();
  @Mixin private final JsonOption json = new JsonOption();
  @Mixin private final EngineOptions engine = new EngineOptions();

  TraceCommand(Terminal terminal, LoupeCommand root) {
    this.terminal = terminal;
    this.root = root;
  }

  @Override
  public Integer call() {
    options.check();
    String text = prompt.read(terminal);
    try (Dictionary dictionary = basis.dictionary().map(terminal.caveats()::noting).orElse(null);
        LanguageModel model =
            new ModelAccess(terminal, root.quiet()).open(modelOption.name(), engine)) {
      double opening = ProcessTime.seconds();
      Hub hub = Loupe.hub(Progress.silent());
      Trace trace =
          dictionary == null
              ? Loupe.trace(model, hub)
              : Loupe.trace(model, hub, dictionary, basis.anyName());
      TraceRequest request = request(model, text);
      if (options.estimate()) {
        print(trace.estimate(request), opening);
        return ExitCode.DONE.number();
      }
      TraceReport traced = run(trace, request);
      TraceReport report =
          HubAccess.world(hub, modelOption.name(), options.world())
              .map(world -> IntermediateHop.noted(model, traced, world))
              .orElse(traced);
      write(report);
      return exitCode(report.evidence()).number();
    }
  }

  /** Whether the trace's own checks let it stand. */
  static ExitCode exitCode(List<Evidence> evidence) {
    return evidence.stream().anyMatch(each -> each.verdict() == Verdict.FAILED)
        ? ExitCode.EVIDENCE_FAILED
        : ExitCode.DONE;
  }

  private TraceRequest request(LanguageModel model, String text) {
    String shown = options.chat() ? chat(model, text) : text;
    TraceRequest usual = TraceRequest.of(shown);
    return new TraceRequest(
        shown,
        options.chat(),
        options.targets(),
        options.against(),
        options.at(),
        options.coverage(),
        options.maxNodes(),
        usual.nodeThreshold(),
        usual.edgeThreshold(),
        options.maxEdges(),
        options.group(),
        options.maxMemory(),
        options.top(),
        options.firstPosition(),
        options.attention(),
        engine.seed());
  }

  private static String chat(LanguageModel model, String text) {
    ChatTemplate template =
        model
            .chatTemplate()
            .orElseThrow(() ->
                LoupeException.badInput(
                    model.name() + " has no chat template", "Leave out --chat."));
    return template.render(List.of(new Message("user", text)), true);
  }

  private TraceReport run(Trace trace, TraceRequest request) {
    try (ProgressLine progress =
        new ProgressLine(terminal, root.quiet(), "tracing", ProgressLine.Unit.LAYERS)) {
      return trace.run(
          request,
          new Trace.Listener() {
            @Override
            public void predicted(String question, List<TraceReport.Prediction> predictions) {
              if (!json.takesStandardOutput()) {
                TraceSummary.answer(question, predictions, terminal)
                    .forEach(terminal.out()::println);
                terminal.out().flush();
              }
            }

            @Override
            public void sweeping(int layersDone, int layers, int targets) {
              progress.at(layersDone, layers);
            }
          });
    }
  }

  private void write(TraceReport report) {
    if (!json.takesStandardOutput()) {
      TraceSummary.of(report, terminal).forEach(terminal.out()::println);
    }
    if (json.isWanted() || options.html().isPresent()) {
      StringWriter text = new StringWriter();
      TraceJson.write(report, text);
      json.write(terminal, text.toString());
      options.html().ifPresent(file -> HtmlPage.write(file.path(), text.toString()));
    }
    options.graph().ifPresent(file -> NeuronpediaGraph.write(report, "loupe-trace", file.path()));
  }

  private void print(TraceCost cost, double opening) {
    terminal
        .out()
        .printf(
            Locale.ROOT,
            "%,d tokens, up to %,d features: about %s and %s of memory at the peak.%n",
            cost.tokens(),
            cost.maxNodes(),
            ProgressLine.duration(opening + cost.seconds()),
            ProgressLine.bytes((double) cost.bytes()));
  }
}
