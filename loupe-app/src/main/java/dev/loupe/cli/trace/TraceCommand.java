package dev.loupe.cli.trace;

import dev.loupe.Loupe;
import dev.loupe.cli.option.BasisCommand;
import dev.loupe.cli.option.HubAccess;
import dev.loupe.cli.option.PromptOptions;
import dev.loupe.cli.terminal.SummaryLines;
import dev.loupe.cli.terminal.Terminal;
import dev.loupe.examination.AlmanacReference;
import dev.loupe.examination.BridgeSwap;
import dev.loupe.examination.IntermediateHop;
import dev.loupe.fault.LoupeException;
import dev.loupe.hub.Hub;
import dev.loupe.hub.Progress;
import dev.loupe.instrument.Subject;
import dev.loupe.instrument.trace.NeuronpediaGraph;
import dev.loupe.instrument.trace.Trace;
import dev.loupe.instrument.trace.TraceReport;
import dev.loupe.instrument.trace.TraceRequest;
import dev.loupe.job.Run;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.report.Finding;
import dev.loupe.tokenizer.ChatTemplate;
import dev.loupe.tokenizer.Message;
import dev.loupe.world.World;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
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
public final class TraceCommand extends BasisCommand<TraceRequest, TraceReport> {
  @Mixin private final PromptOptions prompt = new PromptOptions();
  @Mixin private final TraceOptions options = new TraceOptions();
  private String text = "";

  /** What its world tells of the entity between question and answer; empty if there is none. */
  private String bridge = "";

  /** What the model was trained on, where that is known. */
  private Optional<World> world = Optional.empty();

  public TraceCommand(Terminal terminal) {
    super(new Trace(), terminal);
  }

  @Override
  protected boolean sumsExactly() {
    return true;
  }

  @Override
  protected boolean readsOnePrompt() {
    return true;
  }

  @Override
  protected void read() {
    options.check();
    text = prompt.read(terminal());
  }

  @Override
  protected TraceRequest request(Subject subject) {
    world = HubAccess.world(Loupe.hub(Progress.silent()), modelName(), options.world());
    String shown = options.chat() ? chat(subject.weights()) : text;
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
        options.sets(),
        options.order(),
        options.reference().or(() -> world.map(known -> AlmanacReference.of(known, shown))),
        options.supernodes());
  }

  private String chat(LanguageModel model) {
    ChatTemplate template =
        model
            .chatTemplate()
            .orElseThrow(() ->
                LoupeException.badInput(
                    model.name() + " has no chat template", "Leave out --chat."));
    return template.render(List.of(new Message("user", text)), true);
  }

  @Override
  protected void showEarly(Object part, SummaryLines lines) {
    if (part instanceof Trace.Predicted(var question, var predictions)) {
      TraceSummary.answer(question, predictions, lines);
    }
  }

  @Override
  protected Finding<TraceReport> known(
      Finding<TraceReport> finding, Subject subject, Hub hub, Run run) {
    if (world.isEmpty()) {
      return finding;
    }
    Finding<TraceReport> noted = IntermediateHop.noted(subject.weights(), finding, world.get());
    Finding<TraceReport> swapped =
        options.sets() == TraceRequest.Sets.NONE
            ? noted
            : BridgeSwap.noted(subject, noted, world.get(), run);
    bridge =
        swapped.evidence().stream()
            .skip(finding.evidence().size())
            .map(each -> each.checked() + ".")
            .collect(Collectors.joining(" "));
    return swapped;
  }

  @Override
  protected void show(Finding<TraceReport> finding, SummaryLines lines) {
    new TraceSummary(finding.answer(), lines, asked(finding.answer())).write(bridge);
  }

  @Override
  protected boolean showsEvidence() {
    return options.evidence();
  }

  /** Prompt, model and basis as one would type them. */
  private String asked(TraceReport report) {
    String dictionary =
        report.basis().dictionary().map(source -> " --basis " + source.name()).orElse("");
    return SummaryLines.typed(text) + " --model " + modelName() + dictionary;
  }

  @Override
  protected void writeMore(Finding<TraceReport> finding) {
    TraceReport report = finding.answer();
    options
        .writtenSupernodes()
        .ifPresent(file ->
            file.write(
                report.tests().map(TraceReport.Tested::supernodes).orElse(List.of()).stream()
                    .map(each -> report.units(each) + "\n")
                    .collect(Collectors.joining())));
    options.graph().ifPresent(file -> NeuronpediaGraph.write(finding, "loupe-trace", file.path()));
  }
}
