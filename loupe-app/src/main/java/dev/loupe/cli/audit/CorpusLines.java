package dev.loupe.cli.audit;

import dev.loupe.audit.corpus.CorpusHistory;
import dev.loupe.audit.corpus.CorpusReport;
import dev.loupe.audit.corpus.CorpusReport.Figures;
import dev.loupe.audit.corpus.CorpusReport.Forecast;
import dev.loupe.cli.terminal.Style;
import dev.loupe.cli.terminal.SummaryLines;
import dev.loupe.outcomes.Markup;
import dev.loupe.statistics.Interval;
import java.util.List;
import java.util.Locale;

/** The lines that tell a corpus's counts to a person. */
final class CorpusLines {
  private static final int MOST_ROWS = 40;
  private static final double MANY_DOCUMENTS = 1e9;

  private CorpusLines() {}

  static void show(CorpusReport report, SummaryLines lines) {
    Figures all = report.all();
    lines.wrapped(
        Style.BOLD,
        "",
        String.format(
            Locale.ROOT,
            "Singleton rate %.4f %s: %,d facts stated once in %,d examples.",
            all.singletonRate(),
            interval(all.esty()),
            all.once(),
            all.examples()));
    lines.wrapped(
        Style.PLAIN,
        "",
        String.format(
            Locale.ROOT,
            "Of %,d distinct facts %.1f%% are stated once %s; %,d subjects have different values;"
                + " %,d examples say that it is not known. Chao1: at least %,.0f facts %s.",
            all.facts(),
            100 * all.onceOfFacts(),
            percent(all.onceOfFactsWilson()),
            all.contradicted(),
            all.abstentions(),
            all.chao1(),
            whole(all.chao1Interval())));
    lines.blank();
    table("RELATION", report.relations(), lines);
    if (!report.shards().isEmpty()) {
      table("FILE", report.shards(), lines);
    }
    lines.heading(
        "Forecast of the error",
        "theorem 2 of Kalai et al. 2025 at 99%%, with delta = %s".formatted(report.delta()));
    for (Figures each : report.relations().subList(0, shown(report.relations()))) {
      forecast(report, each, lines);
    }
    report.change().ifPresent(change -> change(change, lines));
    double rate = report.documents() / report.seconds();
    lines.line(
        Style.DIM,
        String.format(
            Locale.ROOT,
            "%,d documents in %.1f s; at that rate 10^9 documents would take %,.1f hours on one"
                + " core. Intervals at %s.",
            report.documents(),
            report.seconds(),
            MANY_DOCUMENTS / rate / 3600,
            Markup.level(report.level())));
    report.notes().forEach(note -> lines.wrapped(Style.PLAIN, "! ", SummaryLines.printable(note)));
  }

  private static int shown(List<Figures> figures) {
    return Math.min(MOST_ROWS, figures.size());
  }

  private static void table(String head, List<Figures> figures, SummaryLines lines) {
    lines.head(
        "%-24s%10s%10s%9s%9s  %s"
            .formatted(head, "EXAMPLES", "FACTS", "ONCE", "TWICE", "SINGLETON RATE (ESTY)"));
    for (Figures each : figures.subList(0, shown(figures))) {
      lines.row(
          String.format(
              Locale.ROOT,
              "%-24s%10d%10d%9d%9d  %.4f %s",
              SummaryLines.printable(each.name()),
              each.examples(),
              each.facts(),
              each.once(),
              each.twice(),
              each.singletonRate(),
              interval(each.esty())));
    }
    if (figures.size() > MOST_ROWS) {
      lines.line(Style.DIM, "%d more in --json.".formatted(figures.size() - MOST_ROWS));
    }
    lines.blank();
  }

  private static void forecast(CorpusReport report, Figures each, SummaryLines lines) {
    Forecast forecast = each.forecast();
    lines.wrapped(
        Style.PLAIN,
        "  ",
        String.format(
            Locale.ROOT,
            "%s: error ≥ %.3f - %.3f (2/|E|, |E| = %d%s) - %.3f ((35 + 6 ln N)/√N) - %.3f (δ) = %.3f%s; some calibrated model has ≤ %.3f",
            SummaryLines.printable(each.name()),
            each.singletonRate(),
            forecast.errorsTerm(),
            forecast.wrongAnswers(),
            forecast.assumed() ? " assumed" : "",
            forecast.deviation(),
            report.delta(),
            forecast.lower(),
            forecast.isEmpty() ? ": says nothing at this N" + from(forecast) : "",
            Math.min(1, forecast.upper())));
  }

  private static String from(Forecast forecast) {
    return forecast.leastExamples() == 0
        ? " and at none"
        : String.format(
            Locale.ROOT, ", but from N = %,d on at this rate", forecast.leastExamples());
  }

  private static void change(CorpusHistory.Change change, SummaryLines lines) {
    lines.heading(
        change.isAlarm() ? "Changed" : "Not changed",
        "from %s to %s"
            .formatted(SummaryLines.printable(change.from()), SummaryLines.printable(change.to())));
    for (CorpusHistory.Step step : change.steps()) {
      lines.line(
          step.isChanged() ? Style.BOLD : Style.PLAIN,
          String.format(
              Locale.ROOT,
              "  %-24s%.4f to %.4f, difference %s, Holm p %s",
              SummaryLines.printable(step.name()),
              step.before(),
              step.after(),
              interval(step.interval()),
              Markup.p(step.adjustedP())));
    }
    lines.blank();
  }

  private static String interval(Interval interval) {
    return interval.isDefined()
        ? String.format(Locale.ROOT, "[%.4f, %.4f]", interval.low(), interval.high())
        : "no interval";
  }

  private static String percent(Interval interval) {
    return interval.isDefined()
        ? String.format(Locale.ROOT, "[%.1f, %.1f]", 100 * interval.low(), 100 * interval.high())
        : "no interval";
  }

  private static String whole(Interval interval) {
    return interval.isDefined()
        ? String.format(Locale.ROOT, "[%,.0f, %,.0f]", interval.low(), interval.high())
        : "no interval";
  }
}
