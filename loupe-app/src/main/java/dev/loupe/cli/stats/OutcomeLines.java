package dev.loupe.cli.stats;

import dev.loupe.cli.terminal.RequestFields;
import dev.loupe.cli.terminal.Style;
import dev.loupe.cli.terminal.SummaryLines;
import dev.loupe.cli.terminal.Terminal;
import dev.loupe.outcomes.OutcomeReport;
import dev.loupe.outcomes.OutcomeReport.Difference;
import dev.loupe.outcomes.OutcomeReport.Rate;
import dev.loupe.outcomes.OutcomeSentences;
import dev.loupe.statistics.Estimate;
import dev.loupe.statistics.Interval;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The lines that tell a table of outcomes to a person. */
final class OutcomeLines {
  /** More categories are a page's business. */
  private static final int MOST_CATEGORIES = 20;

  private static final int MOST_SENTENCES = 8;

  private static final int LONGEST_NAME = 24;
  private static final int BAR = 20;

  private final OutcomeReport report;
  private final Terminal terminal;

  OutcomeLines(OutcomeReport report, Terminal terminal) {
    this.report = report;
    this.terminal = terminal;
  }

  void show(SummaryLines lines) {
    List<String> sentences = OutcomeSentences.of(report);
    int shownSentences = Math.min(MOST_SENTENCES, sentences.size());
    for (String sentence : sentences.subList(0, shownSentences)) {
      lines.wrapped(Style.BOLD, "", SummaryLines.printable(sentence));
    }
    lines.blank();
    int width =
        Math.min(LONGEST_NAME, report.configs().stream().mapToInt(String::length).max().orElse(0));
    lines.head(
        "  %s %13s  %7s  %-17s %s  %s"
            .formatted(
                padded("CONFIG", Math.max(6, width)),
                "SUCCESSES",
                "RATE",
                Figures.level(report.level()) + " INTERVAL",
                " ".repeat(BAR),
                report.differences().isEmpty()
                    ? ""
                    : "MINUS " + Terminal.cut(report.baseline(), LONGEST_NAME) + ", POINTS")
            .stripTrailing());
    group(lines, Optional.empty(), width);
    List<String> shown =
        report.categories().subList(0, Math.min(MOST_CATEGORIES, report.categories().size()));
    shown.forEach(category -> group(lines, Optional.of(category), width));
    int hidden = report.categories().size() - shown.size();
    if (hidden > 0) {
      lines.line(Style.DIM, "  %d more categories: --html and --json have them".formatted(hidden));
    }
    lines.blank();
    String star = report.differences().isEmpty() ? "" : " * shown by the adjusted p.";
    lines.wrapped(Style.DIM, "  ", OutcomeSentences.methods(report.pairing()) + star);
    report
        .caveats()
        .forEach(
            caveat -> lines.wrapped(Style.DIM, "  ! caveat  ", RequestFields.asOptions(caveat)));
  }

  private void group(SummaryLines lines, Optional<String> category, int width) {
    lines.line(
        Style.HEADING,
        category
            .map(SummaryLines::printable)
            .orElse(report.categories().isEmpty() ? "all trials" : "all categories together"));
    report.rates(category).forEach(rate -> lines.row(row(rate, width)));
  }

  private String row(Rate rate, int width) {
    Estimate estimate = rate.rate();
    String figures =
        "  %s %13s  %7s  %-17s "
            .formatted(
                padded(SummaryLines.printable(rate.config()), Math.max(6, width)),
                rate.successes() + "/" + rate.trials(),
                Figures.percent(estimate.value()),
                Figures.percent(new Interval(estimate.low(), estimate.high())));
    return (figures
            + bar(estimate)
            + "  "
            + report
                .difference(rate.config(), rate.category())
                .map(this::difference)
                .orElse(rate.config().equals(report.baseline()) ? "baseline" : ""))
        .stripTrailing();
  }

  private String difference(Difference each) {
    Estimate estimate = each.difference();
    String text =
        "%6s  %-16s p %s"
            .formatted(
                Figures.points(estimate.value()),
                Figures.points(new Interval(estimate.low(), estimate.high())),
                Figures.p(each.adjustedP()));
    return each.isShown(report.level())
        ? terminal.styled(Style.bySign(estimate.value()), text + " *")
        : text;
  }

  /** From 0 to 1: the interval as a line, the rate as a dot. */
  private static String bar(Estimate estimate) {
    StringBuilder bar = new StringBuilder("·".repeat(BAR));
    for (int i = cell(estimate.low()); i <= cell(estimate.high()); i++) {
      bar.setCharAt(i, '─');
    }
    bar.setCharAt(cell(estimate.value()), '●');
    return bar.toString();
  }

  private static int cell(double share) {
    return (int) Math.min(BAR - 1, Math.floor(share * BAR));
  }

  private static String padded(String text, int width) {
    String cut = Terminal.cut(text, width);
    return String.format(Locale.ROOT, "%-" + width + "s", cut);
  }
}
