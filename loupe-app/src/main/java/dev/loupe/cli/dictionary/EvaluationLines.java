package dev.loupe.cli.dictionary;

import dev.loupe.cli.terminal.Style;
import dev.loupe.cli.terminal.SummaryLines;
import dev.loupe.cli.terminal.Terminal;
import dev.loupe.dictionary.evaluation.DictionaryEvaluation.Layer;
import dev.loupe.dictionary.evaluation.DictionaryEvaluation.Replaced;
import dev.loupe.instrument.dictionary.EvaluationReport;
import java.util.Locale;

/** What an evaluation of a dictionary came to, for the terminal. */
final class EvaluationLines {
  private EvaluationLines() {}

  static void show(EvaluationReport report, Terminal terminal, SummaryLines lines) {
    lines.head(
        "%5s  %-24s %-22s %s"
            .formatted("LAYER", "UNEXPLAINED (FVU)", "ACTIVE (L0)", "NEVER ACTIVE"));
    for (Layer layer : report.result().layers()) {
      lines.row(
          String.format(
              Locale.ROOT,
              "%5d  %-24s %-22s %,d of %,d",
              layer.layer(),
              EvaluationReport.figure(layer.unexplained(), "%.4f"),
              EvaluationReport.figure(layer.active(), "%.1f"),
              layer.dead(),
              layer.features()));
    }
    for (Replaced replaced : report.result().replaced()) {
      lines.blank();
      lines.row(terminal.styled(Style.BOLD, "with reconstructions at " + replaced.what()));
      lines.row(
          "  next token agrees      " + EvaluationReport.figure(replaced.agreement(), "%.4f"));
      lines.row(
          "  where one leads by 10% " + EvaluationReport.figure(replaced.clearAgreement(), "%.4f"));
      lines.row(
          "  divergence, nats       " + EvaluationReport.figure(replaced.divergence(), "%.4f"));
      lines.row("  loss of the model      " + EvaluationReport.figure(replaced.loss(), "%.4f"));
      lines.row(
          "  loss with them         " + EvaluationReport.figure(replaced.replacedLoss(), "%.4f"));
      lines.row("  loss with zeros        " + EvaluationReport.figure(replaced.zeroLoss(), "%.4f"));
      lines.row(
          "  loss recovered         " + EvaluationReport.figure(replaced.recovered(), "%.4f"));
    }
    lines.row(
        String.format(
            Locale.ROOT, "%,d positions; intervals are of 95%%.", report.result().positions()));
    lines.row(report.start().words());
    report.remark().ifPresent(lines::line);
  }
}
