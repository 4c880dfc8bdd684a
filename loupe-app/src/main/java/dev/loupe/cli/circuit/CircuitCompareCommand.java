package dev.loupe.cli.circuit;

import dev.loupe.Loupe;
import dev.loupe.cli.option.BasisCommand;
import dev.loupe.cli.option.BasisOptions;
import dev.loupe.cli.option.HubAccess;
import dev.loupe.cli.option.OptionConverters;
import dev.loupe.cli.option.UsageError;
import dev.loupe.cli.terminal.SummaryLines;
import dev.loupe.cli.terminal.Terminal;
import dev.loupe.dictionary.Dictionary;
import dev.loupe.hub.Progress;
import dev.loupe.instrument.Subject;
import dev.loupe.instrument.circuit.CircuitRequest;
import dev.loupe.instrument.circuit.CompareCircuits;
import dev.loupe.instrument.circuit.CompareCircuitsReport;
import dev.loupe.instrument.circuit.CompareCircuitsRequest;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.report.Finding;
import dev.loupe.task.Task;
import dev.loupe.world.World;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code loupe circuit compare}. */
@Command(
    name = "compare",
    header = "Is a task's circuit the same in several models?",
    description = {
      "",
      "Finds the smallest circuit of attention heads and MLPs that does the task in each model"
          + " while all others put out the corrupted twin's values. Matches the first model's"
          + " circuit with heads and MLPs of each other model by where they attend and what"
          + " ablating them does, compares that with permuted texts and random circuits, and tests"
          + " whether the partners alone do the task there. Models must have the same tokens.",
      "",
      "With --features it also matches the circuits' features and puts the first model's values"
          + " into the other's, through a linear map and through ranks: do its answers follow?"
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  loupe circuit compare induction --others almanac-3m",
      "  loupe circuit compare greater-than --others almanac-3m,almanac-1m --html compare.html",
      "  loupe circuit compare agreement --others almanac-3m --features",
      "  loupe circuit compare indirect-object --model almanac-3m --others almanac-1m --control"
          + " agreement"
    })
final class CircuitCompareCommand
    extends BasisCommand<CompareCircuitsRequest, CompareCircuitsReport> {
  @Spec private @Nullable CommandSpec spec;

  @Parameters(index = "0", paramLabel = "TASK", description = "Name of the task, as for 'find'.")
  private String task = "";

  @Option(
      names = "--others",
      paramLabel = "MODEL",
      order = 10,
      required = true,
      split = ",",
      description = "Compare with these models; repeatable, or with commas.")
  private List<String> others = List.of();

  @Option(
      names = "--control",
      paramLabel = "TASK",
      order = 11,
      description = "Match the circuit of this task too (default: another task).")
  private Optional<String> control = Optional.empty();

  @Option(
      names = "--faithfulness",
      paramLabel = "SHARE",
      order = 12,
      converter = OptionConverters.Positive.class,
      description =
          "Search for the smallest circuits of this faithfulness (default: ${DEFAULT-VALUE}).")
  private double faithfulness = CircuitRequest.DEFAULT_FAITHFULNESS;

  @Option(
      names = "--pairs-each",
      paramLabel = "COUNT",
      order = 13,
      converter = OptionConverters.Count.class,
      description =
          "Choose the circuits by at most this many pairs, and compare them on as many (default:"
              + " ${DEFAULT-VALUE}).")
  private int pairs = CircuitRequest.DEFAULT_PAIRS;

  @Option(
      names = "--draws",
      paramLabel = "COUNT",
      order = 14,
      converter = OptionConverters.Count.class,
      description =
          "Permute texts and draw random circuits this many times (default: ${DEFAULT-VALUE}).")
  private int draws = CompareCircuitsRequest.DEFAULT_DRAWS;

  @Option(
      names = "--features",
      order = 15,
      description =
          "Compare circuits of features too: of --basis in the first model, of --other-bases in the"
              + " others.")
  private boolean features;

  @Option(
      names = "--other-bases",
      paramLabel = "BASIS",
      order = 16,
      split = ",",
      description =
          "Features of the other models, in their order: neurons or a dictionary (default: the"
              + " dictionary that comes with each, if one does; otherwise neurons).")
  private List<String> otherBases = List.of();

  CircuitCompareCommand(Terminal terminal) {
    super(new CompareCircuits(), terminal);
  }

  @Override
  protected void read() {
    if (!otherBases.isEmpty() && otherBases.size() != others.size()) {
      throw UsageError.of(
          spec,
          "--other-bases names %d bases for %d other models: give one for each."
              .formatted(otherBases.size(), others.size()));
    }
  }

  /** A dictionary is opened, and recorded, only where features are compared. */
  @Override
  protected Optional<String> ownBasis() {
    return features ? super.ownBasis() : Optional.empty();
  }

  @Override
  protected CompareCircuitsRequest request(Subject subject) {
    Optional<World> world =
        HubAccess.world(Loupe.hub(Progress.silent()), modelName(), OptionalLong.empty());
    String beside = control.orElse(task.equals("agreement") ? "brackets" : "agreement");
    return new CompareCircuitsRequest(
        named(task, subject, world),
        IntStream.range(0, others.size()).mapToObj(this::other).toList(),
        features,
        Optional.of(named(beside, subject, world)),
        faithfulness,
        pairs,
        draws);
  }

  private Subject other(int number) {
    LanguageModel model = open(others.get(number));
    atEnd(model::close);
    if (!features) {
      return Loupe.subject(model);
    }
    Optional<Dictionary> dictionary =
        otherBases.isEmpty()
            ? BasisOptions.named(Loupe.ownDictionary(others.get(number)))
            : BasisOptions.named(Optional.of(otherBases.get(number)));
    dictionary.ifPresent(each -> atEnd(each::close));
    return dictionary.map(each -> Loupe.subject(model, each)).orElseGet(() -> Loupe.subject(model));
  }

  private Task named(String name, Subject subject, Optional<World> world) {
    return Loupe.task(name, subject.weights(), world, seed());
  }

  @Override
  protected void show(Finding<CompareCircuitsReport> finding, SummaryLines lines) {
    new CompareSummary(finding.answer(), lines).write(finding.question());
  }
}
