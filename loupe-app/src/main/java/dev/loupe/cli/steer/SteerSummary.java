package dev.loupe.cli.steer;

import dev.loupe.cli.terminal.Style;
import dev.loupe.cli.terminal.SummaryLines;
import dev.loupe.instrument.steer.SteerReport;
import dev.loupe.report.Finding;
import java.util.Locale;
import java.util.OptionalInt;

/** What steering did, as lines that a person reads without a manual. */
public final class SteerSummary {
  private final String question;
  private final SteerReport report;
  private final SummaryLines lines;

  SteerSummary(Finding<SteerReport> finding, SummaryLines lines) {
    this.question = finding.question();
    this.report = finding.answer();
    this.lines = lines;
  }

  void write() {
    lines.wrapped(Style.BOLD, "", SummaryLines.printable(question));
    changes();
    predictions();
    continuations();
  }

  private void changes() {
    lines.heading("Changed", "held fixed: " + report.held());
    for (SteerReport.Change change : report.changes()) {
      lines.line(
          "    layer %d feature %d %s  %s, was %s"
              .formatted(
                  change.layer(),
                  change.feature(),
                  where(change.position()),
                  change.action(),
                  number(change.before())));
    }
  }

  private String where(OptionalInt position) {
    return position.isEmpty()
        ? "everywhere"
        : "at %s (%d)"
            .formatted(
                SummaryLines.quoted(report.tokens().get(position.getAsInt())), position.getAsInt());
  }

  private void predictions() {
    if (report.predictions().isEmpty()) {
      lines.heading("Next token", "none: the changed run overflowed");
      return;
    }
    lines.heading(
        "Next token",
        String.format(
            Locale.ROOT, "before → after, logit; divergence %.3g nats", report.divergence()));
    int widest =
        report.predictions().stream()
            .mapToInt(each -> SummaryLines.quoted(each.text()).length())
            .max()
            .orElse(1);
    for (SteerReport.Prediction each : report.predictions()) {
      String before = SummaryLines.percent(each.probabilityBefore());
      String after = SummaryLines.percent(each.probabilityAfter());
      String line =
          String.format(
              Locale.ROOT,
              "  %-" + widest + "s%s → %s  %+.2f",
              SummaryLines.quoted(each.text()),
              before,
              after,
              each.logitAfter() - each.logitBefore());
      // The colour is that of the probabilities: two that read the same have none.
      if (before.equals(after)) {
        lines.line(line);
      } else {
        lines.line(Style.bySign(each.probabilityAfter() - each.probabilityBefore()), line);
      }
    }
  }

  private void continuations() {
    report
        .continuations()
        .ifPresent(texts -> {
          lines.heading("Continuations", "");
          lines.wrapped(Style.DIM, "  before  ", SummaryLines.printable(texts.before()));
          lines.wrapped(Style.BOLD, "  after   ", SummaryLines.printable(texts.after()));
        });
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.3g", value);
  }
}
