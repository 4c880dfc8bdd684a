package dev.loupe.cli.circuit;

import dev.loupe.Loupe;
import dev.loupe.circuit.Ablation;
import dev.loupe.circuit.Errors;
import dev.loupe.circuit.Ranking;
import dev.loupe.cli.option.BasisCommand;
import dev.loupe.cli.option.HubAccess;
import dev.loupe.cli.option.OptionConverters;
import dev.loupe.cli.option.UsageError;
import dev.loupe.cli.terminal.ResultFile;
import dev.loupe.cli.terminal.SummaryLines;
import dev.loupe.cli.terminal.Terminal;
import dev.loupe.hub.Progress;
import dev.loupe.instrument.Subject;
import dev.loupe.instrument.circuit.CircuitReport;
import dev.loupe.instrument.circuit.CircuitRequest;
import dev.loupe.instrument.circuit.FindCircuit;
import dev.loupe.report.Finding;
import dev.loupe.task.Metric;
import dev.loupe.task.Task;
import dev.loupe.task.TaskFile;
import dev.loupe.world.World;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code loupe circuit find}. */
@Command(
    name = "find",
    header = "Which circuit does the task?",
    description = {
      "",
      "Learns which features are needed on pairs of a clean and a corrupted prompt, finds the"
          + " smallest circuit that does the task while all other features are ablated, prunes it,"
          + " and tests it on held-out pairs beside random circuits, other choices, neurons, and"
          + " attention heads and MLPs.",
      "",
      "Tasks: agreement, brackets, greater-than, indirect-object, induction; for the Almanac's"
          + " models two-hop and three-hop too; or --pairs FILE, one JSON object per line with"
          + " \"clean\", \"corrupted\", \"answer\" and \"foil\"."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  loupe circuit find indirect-object",
      "  loupe circuit find three-hop --basis almanac-plt --faithfulness 0.8 --html circuit.html",
      "  loupe circuit find --pairs pairs.jsonl --metric probability --ablation twin --errors kept",
      "  loupe circuit find agreement --pairs-each 8 --no-neurons --estimate",
      "  loupe circuit find brackets --rank exact --resume brackets.log --html brackets.html"
    })
final class CircuitFindCommand extends BasisCommand<CircuitRequest, CircuitReport> {
  @Spec private @Nullable CommandSpec spec;

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "TASK",
      description = "Name of the task, unless --pairs gives one.")
  private Optional<String> name = Optional.empty();

  @Option(
      names = "--pairs",
      paramLabel = "FILE",
      order = 10,
      description = "Read the pairs from this file, one JSON object per line.")
  private Optional<Path> file = Optional.empty();

  @Option(
      names = "--metric",
      paramLabel = "METRIC",
      order = 11,
      description =
          "Measure by logit_difference, probability, probability_difference, loss or kl (default:"
              + " the task's own; logit_difference for --pairs).")
  private Optional<Metric> metric = Optional.empty();

  @Option(
      names = "--ablation",
      paramLabel = "VALUE",
      order = 12,
      description =
          "Set omitted features to zero, mean, mean_by_position, twin: their value in the corrupted"
              + " prompt, or cluster: drawn from positions that are like it in the kept features"
              + " (default: twin if every pair has one, otherwise mean).")
  private Optional<Ablation> ablation = Optional.empty();

  @Option(
      names = "--errors",
      paramLabel = "ERRORS",
      order = 13,
      description =
          "What the features do not reconstruct is kept, removed, ablated as they are, or each"
              + " layer's is a node that the circuit holds or not: nodes (default: ablated if the"
              + " features are all of the stream, otherwise kept).")
  private Optional<Errors> errors = Optional.empty();

  @Option(
      names = "--rank",
      paramLabel = "RANKING",
      order = 14,
      description =
          "Rank features by a learned mask (mask), attribution patching (attribution), integrated"
              + " gradients along the inputs (inputs) or exact effects (exact) (default: mask).")
  private Ranking ranking = Ranking.MASK;

  @Option(
      names = "--faithfulness",
      paramLabel = "SHARE",
      order = 15,
      converter = OptionConverters.Positive.class,
      description =
          "Search for the smallest circuit of this faithfulness (default: ${DEFAULT-VALUE}).")
  private double faithfulness = CircuitRequest.DEFAULT_FAITHFULNESS;

  @Option(
      names = "--pairs-each",
      paramLabel = "COUNT",
      order = 16,
      converter = OptionConverters.Count.class,
      description =
          "Choose the circuit by at most this many pairs, and test it on as many (default:"
              + " ${DEFAULT-VALUE}).")
  private int pairs = CircuitRequest.DEFAULT_PAIRS;

  @Option(
      names = "--draws",
      paramLabel = "COUNT",
      order = 17,
      converter = OptionConverters.Count.class,
      description = "Compare it with this many random circuits (default: ${DEFAULT-VALUE}).")
  private int draws = CircuitRequest.DEFAULT_DRAWS;

  @Option(
      names = "--other",
      paramLabel = "TASK",
      order = 18,
      description = "Try the circuit of this task on the asked one (default: another task).")
  private Optional<String> other = Optional.empty();

  @Option(
      names = "--no-neurons",
      order = 19,
      description = "Leave out the search for a circuit of neurons.")
  private boolean noNeurons;

  @Option(
      names = "--no-heads",
      order = 20,
      description = "Leave out the search for a circuit of attention heads and MLPs.")
  private boolean noHeads;

  @Option(
      names = "--resume",
      paramLabel = "FILE",
      converter = OptionConverters.Output.class,
      order = 21,
      description =
          "Keep values in this file as they are measured; the same search goes on from it, and"
              + " comes to the same circuit.")
  private Optional<ResultFile> resume = Optional.empty();

  @Option(
      names = "--world",
      paramLabel = "SEED",
      order = 22,
      description = "Take the questions of this world (default: that of a shipped model).")
  private @Nullable Long world;

  CircuitFindCommand(Terminal terminal) {
    super(new FindCircuit(), terminal);
  }

  @Override
  protected void read() {
    if (name.isPresent() == file.isPresent()) {
      throw UsageError.of(spec, "Name a task, or give --pairs FILE: one of the two.");
    }
  }

  @Override
  protected CircuitRequest request(Subject subject) {
    OptionalLong asked = world == null ? OptionalLong.empty() : OptionalLong.of(world);
    Optional<World> known = HubAccess.world(Loupe.hub(Progress.silent()), modelName(), asked);
    Task task =
        file.map(path -> TaskFile.read(path, metric.orElse(Metric.LOGIT_DIFFERENCE), seed()))
            .orElseGet(() -> named(name.orElseThrow(), subject, known));
    Task measured = metric.map(task::by).orElse(task);
    return new CircuitRequest(
        measured,
        ablation,
        errors,
        ranking,
        faithfulness,
        pairs,
        draws,
        other
            .or(() -> name.map(own -> own.equals("induction") ? "brackets" : "induction"))
            .map(each -> named(each, subject, known)),
        !noNeurons,
        !noHeads,
        resume.map(ResultFile::path));
  }

  private Task named(String task, Subject subject, Optional<World> known) {
    return Loupe.task(task, subject.weights(), known, seed());
  }

  @Override
  protected void show(Finding<CircuitReport> finding, SummaryLines lines) {
    new CircuitSummary(finding.answer(), lines).write(finding.question());
  }
}
