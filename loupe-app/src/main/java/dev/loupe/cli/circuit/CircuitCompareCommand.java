package dev.loupe.cli.circuit;

import dev.loupe.Loupe;
import dev.loupe.cli.option.HubAccess;
import dev.loupe.cli.option.InstrumentCommand;
import dev.loupe.cli.option.OptionConverters;
import dev.loupe.cli.terminal.SummaryLines;
import dev.loupe.cli.terminal.Terminal;
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
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code loupe circuit compare}. */
@Command(
    name = "compare",
    header = "Is a task's circuit the same in several models?",
    description = {
      "",
      "Finds the smallest circuit of attention heads and MLPs that does the task in each model while all others put out"
          + " the corrupted twin's values. Matches the first model's circuit with heads and MLPs of each other model by where they"
          + " attend and what ablating them does, compares that with permuted texts and random circuits, and tests whether"
          + " the partners alone do the task there. Models must have the same tokens."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  loupe circuit compare induction --others almanac-3m",
      "  loupe circuit compare greater-than --others almanac-3m,almanac-1m --json compare.json",
      "  loupe circuit compare indirect-object --model almanac-3m --others almanac-1m --control agreement"
    })
final class CircuitCompareCommand
    extends InstrumentCommand<CompareCircuitsRequest, CompareCircuitsReport> {
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

  CircuitCompareCommand(Terminal terminal) {
    super(new CompareCircuits(), terminal);
  }

  @Override
  protected CompareCircuitsRequest request(Subject subject) {
    Optional<World> world =
        HubAccess.world(Loupe.hub(Progress.silent()), modelName(), OptionalLong.empty());
    String beside = control.orElse(task.equals("agreement") ? "brackets" : "agreement");
    return new CompareCircuitsRequest(
        named(task, subject, world),
        others.stream().map(this::subject).toList(),
        Optional.of(named(beside, subject, world)),
        faithfulness,
        pairs,
        draws);
  }

  private Subject subject(String reference) {
    LanguageModel model = open(reference);
    atEnd(model::close);
    return Loupe.subject(model);
  }

  private Task named(String name, Subject subject, Optional<World> world) {
    return Loupe.task(name, subject.weights(), world, seed());
  }

  @Override
  protected void show(Finding<CompareCircuitsReport> finding, SummaryLines lines) {
    new CompareSummary(finding.answer(), lines).write(finding.question());
  }
}
