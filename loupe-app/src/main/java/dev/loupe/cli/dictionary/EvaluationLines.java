package dev.loupe.cli.dictionary;

import dev.loupe.cli.terminal.Style;
import dev.loupe.cli.terminal.SummaryLines;
import dev.loupe.cli.terminal.Terminal;
import dev.loupe.dictionary.evaluation.DictionaryEvaluation.Layer;
import dev.loupe.dictionary.evaluation.DictionaryEvaluation.Replaced;
import dev.loupe.instrument.dictionary.EvaluationReport;
import dev.loupe.statistics.Estimate;
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
              with(layer.unexplained(), "%.4f"),
              with(layer.active(), "%.1f"),
              layer.dead(),
              layer.features()));
    }
    for (Replaced replaced : report.result().replaced()) {
      lines.blank();
      lines.row(terminal.styled(Style.BOLD, "with reconstructions at " + replaced.what()));
      lines.row("  next token agrees      " + with(replaced.agreement(), "%.4f"));
      lines.row("  where one leads by 10% " + with(replaced.clearAgreement(), "%.4f"));
      lines.row("  divergence, nats       " + with(replaced.divergence(), "%.4f"));
      lines.row("  loss of the model      " + with(replaced.loss(), "%.4f"));
      lines.row("  loss with them         " + with(replaced.replacedLoss(), "%.4f"));
      lines.row("  loss with zeros        " + with(replaced.zeroLoss(), "%.4f"));
      lines.row("  loss recovered         " + with(replaced.recovered(), "%.4f"));
    }
    lines.row(
        String.format(
            Locale.ROOT, "%,d positions; intervals are of 95%%.", report.result().positions()));
    lines.row(report.start().words());
    report.remark().ifPresent(lines::line);
  }

  /** A figure and its interval. */
  private static String with(Estimate estimate, String figure) {
    String value = String.format(Locale.ROOT, figure, estimate.value());
    return estimate.hasInterval()
        ? value
            + String.format(
                Locale.ROOT, "  [" + figure + ", " + figure + "]", estimate.low(), estimate.high())
        : value;
  }
}
