package dev.loupe.audit;

import dev.loupe.audit.LabelledGrades.CorrectedShare;
import dev.loupe.audit.LabelledGrades.Detection;
import dev.loupe.audit.Leaderboard.Row;
import dev.loupe.audit.Leaderboard.Section;
import dev.loupe.outcomes.Markup;
import dev.loupe.statistics.Interval;
import java.util.Locale;
import java.util.Optional;

/** The page's tables by category, and of the grades' own errors. */
final class SectionTables {
  private static final int MOST_ROWS = 300;

  private SectionTables() {}

  static String categories(Leaderboard board) {
    if (board.sections().isEmpty()) {
      return "";
    }
    StringBuilder rows = AuditHtml.head("Category", "System");
    for (String name : new String[] {"answers", "accuracy", "hallucination", "abstention"}) {
      AuditHtml.column(rows, name);
    }
    for (double target : board.targets()) {
      AuditHtml.column(rows, "t = " + AuditHtml.number(target));
    }
    rows.append("</tr></thead><tbody>");
    int shown = 0;
    int all = 0;
    for (Section section : board.sections()) {
      for (Row row : section.systems()) {
        all++;
        if (shown < MOST_ROWS) {
          shown++;
          rows.append("<tr>");
          AuditHtml.text(rows, section.category());
          AuditHtml.text(rows, row.system());
          AuditHtml.cell(rows, String.valueOf(row.counts().answers()));
          AuditHtml.cell(rows, AuditPage.rate(row.accuracy()));
          AuditHtml.cell(rows, AuditPage.rate(row.hallucinationRate()));
          AuditHtml.cell(rows, AuditPage.rate(row.abstentionRate()));
          row.scores().forEach(score -> AuditHtml.cell(rows, AuditPage.score(score)));
          rows.append("</tr>");
        }
      }
    }
    return "<section><h2>By category</h2>"
        + AuditHtml.end(rows)
        + (all > shown
            ? "<p class=\"key\">%d more rows are in the JSON.</p>".formatted(all - shown)
            : "")
        + "</section>";
  }

  static String labels(Leaderboard board) {
    Optional<LabelledGrades> labels = board.labels();
    if (labels.isEmpty()) {
      return "";
    }
    StringBuilder rows = AuditHtml.head("Grade", "System");
    for (String name :
        new String[] {"missed", "falsely found", "share as graded", "share corrected"}) {
      AuditHtml.column(rows, name);
    }
    rows.append("</tr></thead><tbody>");
    for (Detection each : labels.get().detections()) {
      for (CorrectedShare share : each.corrected()) {
        rows.append("<tr>");
        AuditHtml.text(rows, each.grade().name().toLowerCase(Locale.ROOT));
        AuditHtml.text(rows, share.system());
        AuditHtml.cell(rows, AuditPage.rate(each.missed()));
        AuditHtml.cell(rows, AuditPage.rate(each.falselyFound()));
        AuditHtml.cell(rows, graded(board, each, share));
        AuditHtml.cell(rows, corrected(share));
        rows.append("</tr>");
      }
    }
    return "<section><h2>Errors of the grades</h2>"
        + AuditHtml.end(rows)
        + "<p class=\"key\">From %d answers that a person graded too, all systems together. Corrected by Rogan and Gladen, intervals of Lang and Reiczigel.</p></section>"
            .formatted(labels.get().labelled());
  }

  private static String graded(Leaderboard board, Detection detection, CorrectedShare share) {
    return board.systems().stream()
        .filter(row -> row.system().equals(share.system()))
        .findFirst()
        .map(row -> percent(row.counts().of(detection.grade()) / (double) row.counts().answers()))
        .orElse("");
  }

  private static String corrected(CorrectedShare share) {
    return share
        .share()
        .map(found -> percent(found.share()) + " " + interval(found.langReiczigel()))
        .orElseGet(() -> "refused: " + Markup.escaped(share.refusal().orElse("")));
  }

  private static String percent(double share) {
    return String.format(Locale.ROOT, "%.1f%%", 100 * share);
  }

  private static String interval(Interval interval) {
    return String.format(Locale.ROOT, "[%.1f, %.1f]", 100 * interval.low(), 100 * interval.high());
  }
}
