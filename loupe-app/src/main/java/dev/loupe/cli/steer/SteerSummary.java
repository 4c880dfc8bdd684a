package dev.loupe.cli.steer;

import dev.loupe.cli.terminal.Style;
import dev.loupe.cli.terminal.SummaryLines;
import dev.loupe.instrument.steer.SteerReport;
import dev.loupe.report.Finding;
import dev.loupe.statistics.Estimate;
import java.util.Locale;
import java.util.OptionalInt;

/** What steering did, as lines that a person reads without a manual. */
public final class SteerSummary {
  private static final int CHANGES = 12;

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
    report.swap().ifPresent(this::swap);
    changes();
    predictions();
    continuations();
  }

  /** How many features of the other prompt it takes. */
  private void swap(SteerReport.Swap swap) {
    lines.heading(
        swap.arrives()
            ? "With %d features from the other prompt the model says %s, its answer"
                .formatted(swap.taken(), SummaryLines.quoted(swap.other()))
            : "%d features from the other prompt do not give %s, its answer"
                .formatted(swap.taken(), SummaryLines.quoted(swap.other())),
        "");
    for (SteerReport.SwapPoint point : swap.curve()) {
      lines.line(
          point.features() == swap.taken() ? Style.BOLD : Style.PLAIN,
          String.format(
              Locale.ROOT,
              "  %,6d features  %s %s  %s %s",
              point.features(),
              SummaryLines.quoted(swap.answer()),
              SummaryLines.percent(point.own()),
              SummaryLines.quoted(swap.other()),
              SummaryLines.percent(point.other())));
    }
    Estimate random = swap.randomShare();
    lines.line(
        Style.DIM,
        String.format(
            Locale.ROOT,
            "    %d of %d random sets of as many features of these layers give it [%.0f%%, %.0f%%]; mean probability %.1f%%",
            swap.randomArrived(),
            swap.randomSets(),
            100 * random.low(),
            100 * random.high(),
            100 * swap.randomProbability()));
    removal(swap);
  }

  /** What the own answer is without the features that carry the difference. */
  private void removal(SteerReport.Swap swap) {
    SteerReport.Removal removal = swap.removal();
    Estimate random = removal.randomShare();
    lines.wrapped(
        Style.PLAIN,
        "    ",
        "without the first %d of these features that are active here %s has %s: the model says %s"
            .formatted(
                removal.features(),
                SummaryLines.quoted(swap.answer()),
                SummaryLines.percent(removal.own()),
                SummaryLines.quoted(removal.top())));
    lines.wrapped(
        Style.DIM,
        "    ",
        String.format(
            Locale.ROOT,
            "%d of %d random sets of as many active features of these layers take it away [%.0f%%, %.0f%%]; mean probability without them %.1f%%",
            removal.randomChanged(),
            removal.randomSets(),
            100 * random.low(),
            100 * random.high(),
            100 * removal.randomOwn()));
  }

  private void changes() {
    lines.heading("Changed", "held fixed: " + report.held());
    for (SteerReport.Change change :
        report.changes().subList(0, Math.min(CHANGES, report.changes().size()))) {
      lines.line(
          "    %s%s  %s, was %s"
              .formatted(
                  change.name(),
                  where(change.position()),
                  change.action(),
                  number(change.before())));
    }
    if (report.changes().size() > CHANGES) {
      lines.line(Style.DIM, "    and " + (report.changes().size() - CHANGES) + " more");
    }
  }

  private String where(OptionalInt position) {
    return position.isEmpty()
        ? " everywhere"
        : "@%d at %s"
            .formatted(
                position.getAsInt(), SummaryLines.quoted(report.tokens().get(position.getAsInt())));
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
