package dev.loupe.cli.audit;

import dev.loupe.audit.LabelledGrades;
import dev.loupe.audit.LabelledGrades.CorrectedShare;
import dev.loupe.audit.LabelledGrades.Detection;
import dev.loupe.audit.Leaderboard;
import dev.loupe.audit.Leaderboard.Row;
import dev.loupe.audit.Leaderboard.Section;
import dev.loupe.cli.terminal.Style;
import dev.loupe.cli.terminal.SummaryLines;
import dev.loupe.outcomes.Markup;
import dev.loupe.statistics.Estimate;
import java.util.Locale;

/** Lines by category, and on the errors of the grades. */
final class SectionLines {
  private static final int MOST_ROWS = 40;

  private SectionLines() {}

  static void show(Leaderboard board, SummaryLines lines) {
    categories(board, lines);
    board.labels().ifPresent(labels -> labels(labels, lines));
  }

  private static void categories(Leaderboard board, SummaryLines lines) {
    if (board.sections().isEmpty()) {
      return;
    }
    lines.head(
        "%-20s%-20s%8s  %-22s%-22s%s"
            .formatted("CATEGORY", "SYSTEM", "ANSWERS", "ACCURACY", "HALLUCINATION", "ABSTENTION"));
    int rows = 0;
    for (Section section : board.sections()) {
      for (Row row : section.systems()) {
        if (rows++ < MOST_ROWS) {
          lines.row(
              "%-20s%-20s%8d  %-22s%-22s%s"
                  .formatted(
                      SummaryLines.printable(section.category()),
                      SummaryLines.printable(row.system()),
                      row.counts().answers(),
                      rate(row.accuracy()),
                      rate(row.hallucinationRate()),
                      rate(row.abstentionRate())));
        }
      }
    }
    if (rows > MOST_ROWS) {
      lines.line(
          Style.DIM, "%d more rows: --html and --json have them.".formatted(rows - MOST_ROWS));
    }
    lines.blank();
  }

  private static void labels(LabelledGrades labels, SummaryLines lines) {
    lines.heading(
        "Errors of the grades",
        "from %d answers that a person graded too, all systems together"
            .formatted(labels.labelled()));
    for (Detection each : labels.detections()) {
      lines.row(
          "  %-12s missed %s, falsely found %s"
              .formatted(
                  each.grade().name().toLowerCase(Locale.ROOT),
                  rate(each.missed()),
                  rate(each.falselyFound())));
      for (CorrectedShare share : each.corrected()) {
        lines.row(
            "    %-30s %s".formatted(SummaryLines.printable(share.system()), corrected(share)));
      }
    }
    lines.wrapped(
        Style.DIM,
        "  ",
        "Corrected shares by Rogan and Gladen with the intervals of Lang and Reiczigel; they take"
            + " answers for independent.");
    lines.blank();
  }

  private static String corrected(CorrectedShare share) {
    return share
        .share()
        .map(found ->
            String.format(
                Locale.ROOT,
                "corrected %.1f%% [%.1f, %.1f]",
                100 * found.share(),
                100 * found.langReiczigel().low(),
                100 * found.langReiczigel().high()))
        .orElseGet(() -> "not corrected: " + share.refusal().orElse(""));
  }

  private static String rate(Estimate rate) {
    return Double.isNaN(rate.value()) ? "undefined" : Markup.percent(rate);
  }
}
