package dev.loupe.cli.audit;

import dev.loupe.cli.option.InstrumentCommand;
import dev.loupe.cli.option.OptionConverters;
import dev.loupe.cli.terminal.Style;
import dev.loupe.cli.terminal.SummaryLines;
import dev.loupe.cli.terminal.Terminal;
import dev.loupe.instrument.Subject;
import dev.loupe.instrument.audit.BoundReport;
import dev.loupe.instrument.audit.BoundReport.ByCount;
import dev.loupe.instrument.audit.BoundReport.Relation;
import dev.loupe.instrument.audit.BoundRequest;
import dev.loupe.instrument.audit.MeasureBound;
import dev.loupe.report.Finding;
import dev.loupe.statistics.Estimate;
import java.nio.file.Path;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code loupe audit bound}. */
@Command(
    name = "bound",
    header = "The bounds on hallucination beside what a model does, on facts drawn at random.",
    description = {
      "",
      "For a model trained on a world of loupe world generate --arbitrary-facts: its error at"
          + " temperature 1 by the probability of every answer, both sides of theorems 1 and 2 of"
          + " Kalai et al. 2025, and the inequality of Miao and Kearns 2025, by relation."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  loupe world generate --arbitrary-facts 8000 --people 4000 --zipf 0.8 --out facts",
      "  loupe train facts/corpus.jsonl.gz --out facts-model --layers 2 --width 128 --vocabulary 1024 --passes 10",
      "  loupe audit bound --model facts-model --world facts"
    })
final class AuditBoundCommand extends InstrumentCommand<BoundRequest, BoundReport> {
  @Option(
      names = "--world",
      paramLabel = "DIR",
      required = true,
      order = 1,
      description = "The world of arbitrary facts that the model was trained on.")
  private Path world = Path.of("");

  @Option(
      names = "--prompts",
      paramLabel = "N",
      order = 2,
      defaultValue = "100",
      converter = OptionConverters.Count.class,
      description = "Prompts drawn from each relation by their frequency (default: 100).")
  private int prompts;

  AuditBoundCommand(Terminal terminal) {
    super(new MeasureBound(), terminal);
  }

  @Override
  protected BoundRequest request(Subject subject) {
    return new BoundRequest(world, prompts);
  }

  @Override
  protected void show(Finding<BoundReport> finding, SummaryLines lines) {
    lines.wrapped(Style.BOLD, "", SummaryLines.printable(finding.question()));
    for (Relation each : finding.answer().relations()) {
      lines.blank();
      lines.heading(
          SummaryLines.printable(each.name()),
          "%d prompts, %d wrong answers, %d examples"
              .formatted(each.prompts(), each.wrongAnswers(), each.examples()));
      figure(lines, "error, sampled at temperature 1", of(each.error()));
      figure(
          lines,
          "theorem 1",
          String.format(
              Locale.ROOT,
              "error ≥ 2 · %.3f - %.3f - %.3f = %.3f; slack %.3f",
              each.validityError().value(),
              each.validTerm(),
              Math.abs(each.delta().value()),
              each.theorem1(),
              each.slack()));
      figure(
          lines,
          "δ",
          String.format(
              Locale.ROOT,
              "%s: above the threshold the model has %.3f, the training %.3f",
              of(each.delta()),
              each.modelAbove(),
              each.trainingAbove()));
      figure(
          lines,
          "singleton rate",
          String.format(
              Locale.ROOT,
              "%s; mass of facts never stated %.3f",
              of(each.esty()),
              each.missingMass()));
      figure(
          lines,
          "theorem 2",
          String.format(
              Locale.ROOT,
              "error ≥ %.3f%s; some calibrated model has ≤ %.3f",
              each.theorem2Lower(),
              each.theorem2Lower() <= 0 ? ", which says nothing" : "",
              each.theorem2Upper()));
      figure(
          lines,
          "Miao and Kearns",
          String.format(
              Locale.ROOT,
              "error ≥ %.3f - %.3f nats = %.3f (total variation %.3f): %s",
              each.singletonRate(),
              each.miscalibration(),
              each.monofactBound(),
              each.miscalibrationVariation(),
              each.error().value() >= each.monofactBound() ? "holds" : "does not hold"));
      for (ByCount count : each.byCount()) {
        figure(
            lines,
            "error where stated " + times(count),
            "%s over %d prompts".formatted(of(count.error()), count.prompts()));
      }
      figure(
          lines,
          "outside all answers",
          String.format(Locale.ROOT, "%.3f of the probability", each.otherMass()));
    }
    lines.blank();
  }

  private static String times(ByCount count) {
    return count.least() == count.most()
        ? count.least() + " times"
        : count.most() == Integer.MAX_VALUE
            ? count.least() + " times or more"
            : count.least() + " to " + count.most() + " times";
  }

  private static void figure(SummaryLines lines, String name, String value) {
    lines.row("  %-34s%s".formatted(name, value));
  }

  private static String of(Estimate estimate) {
    return estimate.hasInterval()
        ? String.format(
            Locale.ROOT, "%.3f [%.3f, %.3f]", estimate.value(), estimate.low(), estimate.high())
        : String.format(Locale.ROOT, "%.3f", estimate.value());
  }
}
