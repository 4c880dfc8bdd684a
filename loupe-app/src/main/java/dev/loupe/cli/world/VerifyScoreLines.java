package dev.loupe.cli.world;

import dev.loupe.cli.terminal.SummaryLines;
import dev.loupe.examination.VerifyScores;
import dev.loupe.examination.VerifyScores.Confusion;
import dev.loupe.statistics.Estimate;
import java.util.List;
import java.util.Locale;

/** How verification compares with ground truth, for the terminal. */
final class VerifyScoreLines {
  private static final List<String> KINDS = List.of("true", "false", "stated nowhere");
  private static final List<String> VERDICTS = List.of("supported", "contradicted", "not found");

  private VerifyScoreLines() {}

  static void show(VerifyScores scores, SummaryLines lines) {
    lines.row(
        String.format(
            Locale.ROOT,
            "claims that are true, false, stated nowhere: %s; %,d documents",
            String.join(", ", scores.claims().stream().map(String::valueOf).toList()),
            scores.documents()));
    lines.row(
        "a document that states the fact is among the passages: " + interval(scores.retrieved()));
    confusion("judge given that document", scores.judgeAlone(), lines);
    confusion("retrieval, numbers and judge", scores.judged(), lines);
    confusion("retrieval, numbers and words, no judge", scores.byWords(), lines);
  }

  private static void confusion(String what, Confusion found, SummaryLines lines) {
    lines.heading(what, "counts; recall of each row's right verdict");
    lines.head(
        "  %-16s%11s%14s%11s  %s"
            .formatted("CLAIM", "SUPPORTED", "CONTRADICTED", "NOT FOUND", "RECALL"));
    for (int i = 0; i < KINDS.size(); i++) {
      List<Integer> row = found.counts().get(i);
      lines.row(
          "  %-16s%11d%14d%11d  %s"
              .formatted(
                  KINDS.get(i),
                  row.get(0),
                  row.get(1),
                  row.get(2),
                  interval(found.recall().get(i))));
    }
    for (int i = 0; i < VERDICTS.size(); i++) {
      lines.row(
          "  precision of %-14s%s".formatted(VERDICTS.get(i), interval(found.precision().get(i))));
    }
  }

  private static String interval(Estimate estimate) {
    return estimate.hasInterval()
        ? String.format(
            Locale.ROOT,
            "%.3f [%.3f, %.3f]  %s",
            estimate.value(),
            estimate.low(),
            estimate.high(),
            estimate.unit())
        : "undefined";
  }
}
