package dev.loupe.cli.world;

import dev.loupe.cli.terminal.SummaryLines;
import dev.loupe.examination.AuditScores;
import dev.loupe.examination.AuditScores.Form;
import dev.loupe.examination.AuditScores.Group;
import dev.loupe.examination.AuditScores.Inside;
import dev.loupe.statistics.Estimate;
import java.util.Locale;

/** How an audit compares with how often facts are stated, for the terminal. */
final class AuditScoreLines {
  private AuditScoreLines() {}

  static void show(AuditScores scores, SummaryLines lines) {
    for (Form form : scores.forms()) {
      lines.heading(
          "Birthdays, " + form.form(),
          "shares of all answers; mean probability of right and wrong");
      lines.head(
          "  %-14s%8s  %-22s%-22s%-22s%s"
              .formatted("STATED", "PEOPLE", "RIGHT", "WRONG", "ABSTAINED", "PROBABILITY"));
      form.byCount().forEach(each -> lines.row(row(each)));
      lines.row(row(form.all()));
      lines.row("  right of right and wrong    " + interval(form.accuracyGivenAttempted()));
      lines.row("  expected calibration error  " + interval(form.calibrationError()));
      lines.row("  AUROC of the probability    " + interval(form.auroc()));
    }
    scores.inside().ifPresent(found -> inside(found, lines));
  }

  private static void inside(Inside inside, SummaryLines lines) {
    lines.heading(
        "Inside: right or wrong, in statements",
        "%d people fitted, %d others judge, %d of them traced"
            .formatted(inside.fitting(), inside.judging(), inside.traced()));
    lines.head("  %-22s%-25s%s".formatted("AUROC", "LESS THE PROBABILITY'S", "SIGN"));
    inside
        .signs()
        .forEach(each ->
            lines.row(
                "  %-22s%-25s%s"
                    .formatted(
                        interval(each.auroc()), interval(each.lessProbability()), each.sign())));
  }

  private static String row(Group group) {
    return "  %-14s%8d  %-22s%-22s%-22s%s"
        .formatted(
            group.stated(),
            group.counts().answers(),
            interval(group.right()),
            interval(group.wrong()),
            interval(group.abstained()),
            digits(group.confidence()));
  }

  private static String digits(double value) {
    return Double.isNaN(value) ? "" : String.format(Locale.ROOT, "%.3f", value);
  }

  private static String interval(Estimate estimate) {
    if (Double.isNaN(estimate.value())) {
      return "undefined";
    }
    return estimate.hasInterval()
        ? String.format(
            Locale.ROOT, "%.3f [%.3f, %.3f]", estimate.value(), estimate.low(), estimate.high())
        : String.format(Locale.ROOT, "%.3f, no interval", estimate.value());
  }
}
