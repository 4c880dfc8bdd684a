package dev.loupe.cli.world;

import dev.loupe.cli.terminal.SummaryLines;
import dev.loupe.examination.ExplainScores;
import dev.loupe.examination.HighlightScores;
import dev.loupe.statistics.Estimate;
import java.util.Locale;

/** How explanations compare with ground truth, for the terminal. */
final class ExplainScoreLines {
  private ExplainScoreLines() {}

  static void show(ExplainScores scores, SummaryLines lines) {
    lines.row(
        String.format(
            Locale.ROOT,
            "%,d questions of one and two hops, answered correctly",
            scores.questions()));
    for (boolean contrasted : new boolean[] {true, false}) {
      lines.blank();
      lines.head(
          "%-40s %-23s %-23s %-24s %s"
              .formatted(
                  contrasted ? "AGAINST OTHER ANSWERS" : "THE ANSWER ALONE",
                  "NAME FIRST, 95%",
                  "NAME EXACTLY, 95%",
                  "DROP OVER THE HALF, 95%",
                  "RANDOM"));
      scores.methods().stream()
          .filter(each -> each.contrasted() == contrasted)
          .forEach(each ->
              lines.row(
                  String.format(
                      Locale.ROOT,
                      "%-40s %-23s %-23s %-24s %6.3f",
                      each.method() + (each.infilled() ? ", infilled" : ""),
                      interval(each.hit()),
                      interval(each.all()),
                      interval(each.drop()),
                      each.random().value())));
    }
  }

  static void show(HighlightScores scores, SummaryLines lines) {
    lines.row(String.format(Locale.ROOT, "%,d queries with a planted trigger", scores.queries()));
    lines.blank();
    lines.head("%-56s %s".formatted("SHARE OF", "95%"));
    scores
        .shares()
        .forEach(each -> lines.row("%-56s %s".formatted(each.what(), interval(each.share()))));
  }

  private static String interval(Estimate estimate) {
    return String.format(
        Locale.ROOT, "%.3f [%.3f, %.3f]", estimate.value(), estimate.low(), estimate.high());
  }
}
