package dev.loupe.audit.corpus;

import dev.loupe.audit.AuditHtml;
import dev.loupe.audit.Plot;
import dev.loupe.audit.corpus.CorpusHistory.Dated;
import dev.loupe.audit.corpus.CorpusHistory.Moment;
import dev.loupe.audit.corpus.CorpusReport.Figures;
import dev.loupe.audit.corpus.CorpusReport.Forecast;
import dev.loupe.outcomes.Markup;
import dev.loupe.statistics.Interval;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** The counts of a corpus as one HTML file: the rates over time, tables; no script, no network. */
public final class CorpusPage {
  private static final int MOST_PLOTS = 12;
  private static final int MOST_MOMENTS = 60;
  private static final int MOST_ROWS = 200;

  private CorpusPage() {}

  /** The page. */
  public static String of(CorpusReport report) {
    return AuditHtml.page(
        "How often does the corpus state its facts?",
        lead(report),
        overTime(report.history())
            + change(report)
            + figures("By relation", "Relation", report.relations())
            + (report.shards().isEmpty() ? "" : figures("By file", "File", report.shards()))
            + forecasts(report)
            + AuditHtml.notes(report.notes()));
  }

  private static String lead(CorpusReport report) {
    Figures all = report.all();
    return String.format(
        Locale.ROOT,
        "Singleton rate %s: %,d facts stated once in %,d examples of %,d documents. Of %,d distinct"
            + " facts %s are stated once. Intervals at %s.",
        rate(all.singletonRate(), all.esty()),
        all.once(),
        all.examples(),
        report.documents(),
        all.facts(),
        rate(all.onceOfFacts(), all.onceOfFactsWilson()),
        Markup.level(report.level()));
  }

  /** The section of the rates at several times, the newest last; empty without one. */
  public static String overTime(List<Moment> all) {
    if (all.isEmpty()) {
      return "";
    }
    List<Moment> moments = all.subList(Math.max(0, all.size() - MOST_MOMENTS), all.size());
    List<Dated> relations =
        all.getLast().rates().stream()
            .sorted(Comparator.comparingLong(Dated::examples).reversed())
            .toList();
    StringBuilder plots = new StringBuilder();
    relations.stream().limit(MOST_PLOTS).forEach(each -> plots.append(plot(each.name(), moments)));
    List<String> left = new ArrayList<>();
    if (moments.size() < all.size()) {
      left.add("the last %d of %d counts are drawn".formatted(moments.size(), all.size()));
    }
    if (relations.size() > MOST_PLOTS) {
      left.add(
          "%d relations with fewer examples are in the JSON"
              .formatted(relations.size() - MOST_PLOTS));
    }
    return """
    <section><h2>Singleton rate over time</h2><div class="plots">%s</div>
    <p class="key">One point for each count of the history, the newest last; its bar is Esty’s interval (McAllester and Ortiz’s where that has no width). The counts stand at equal distances, whatever lies between them%s.</p></section>
    """
        .formatted(plots, left.isEmpty() ? "" : "; " + String.join("; ", left));
  }

  private static String plot(String name, List<Moment> moments) {
    List<Dated> rates = new ArrayList<>();
    List<Integer> at = new ArrayList<>();
    for (int i = 0; i < moments.size(); i++) {
      for (Dated each : moments.get(i).rates()) {
        if (each.name().equals(name)) {
          rates.add(each);
          at.add(i);
        }
      }
    }
    double top = top(rates.stream().mapToDouble(each -> each.esty().high()).max().orElse(1));
    Plot plot =
        new Plot(
            "Singleton rate of %s over time".formatted(name),
            "count",
            "singleton rate",
            moments.getFirst().when(),
            moments.size() > 1 ? moments.getLast().when() : "",
            AuditHtml.number(top));
    List<double[]> curve = new ArrayList<>();
    for (int i = 0; i < rates.size(); i++) {
      Dated each = rates.get(i);
      double x = moments.size() == 1 ? 0.5 : at.get(i) / (moments.size() - 1.0);
      double y = each.singletonRate() / top;
      curve.add(new double[] {x, y});
      plot.line("band", x, each.esty().low() / top, x, each.esty().high() / top);
      plot.dot(
          x,
          y,
          String.format(
              Locale.ROOT,
              "%s: %s, n = %,d",
              moments.get(at.get(i)).when(),
              rate(each.singletonRate(), each.esty()),
              each.examples()));
    }
    plot.curve(curve);
    Dated last = rates.getLast();
    return plot.figure(
        String.format(
            Locale.ROOT,
            "%s: %s, n = %,d.",
            name,
            rate(last.singletonRate(), last.esty()),
            last.examples()));
  }

  /** The next of 1, 2 and 5 times a power of ten, at most 1. */
  private static double top(double greatest) {
    double power = Math.pow(10, Math.floor(Math.log10(Math.max(greatest, 1e-6))));
    for (double step : new double[] {1, 2, 5, 10}) {
      if (greatest <= step * power) {
        return Math.min(1, step * power);
      }
    }
    return 1;
  }

  private static String change(CorpusReport report) {
    if (report.change().isEmpty()) {
      return "";
    }
    CorpusHistory.Change change = report.change().get();
    StringBuilder rows = AuditHtml.head("Relation");
    for (String name : List.of("before", "after", "difference", "Holm p", "changed")) {
      AuditHtml.column(rows, name);
    }
    rows.append("</tr></thead><tbody>");
    for (CorpusHistory.Step step : change.steps()) {
      rows.append("<tr>");
      AuditHtml.text(rows, step.name());
      AuditHtml.cell(rows, digits(step.before()));
      AuditHtml.cell(rows, digits(step.after()));
      AuditHtml.cell(rows, rate(step.after() - step.before(), step.interval()));
      AuditHtml.cell(rows, Markup.p(step.adjustedP()));
      AuditHtml.cell(rows, step.isChanged() ? "yes" : "no");
      rows.append("</tr>");
    }
    return """
    <section><h2>%s from %s to %s</h2>%s
    <p class="key">z of the two errors (Esty’s, or McAllester and Ortiz’s), Holm over the relations. The two counts are taken for independent; where the later corpus holds the earlier one, the interval is too wide.</p></section>
    """
        .formatted(
            change.isAlarm() ? "Changed" : "Not changed",
            Markup.escaped(change.from()),
            Markup.escaped(change.to()),
            AuditHtml.end(rows));
  }

  private static String figures(String title, String first, List<Figures> figures) {
    StringBuilder rows = AuditHtml.head(first);
    for (String name :
        List.of(
            "examples",
            "not known",
            "facts",
            "once",
            "twice",
            "singleton rate",
            "once, of facts",
            "Chao1",
            "contradicted")) {
      AuditHtml.column(rows, name);
    }
    rows.append("</tr></thead><tbody>");
    for (Figures each : figures.subList(0, Math.min(MOST_ROWS, figures.size()))) {
      rows.append("<tr>");
      AuditHtml.text(rows, each.name());
      for (long count :
          new long[] {
            each.examples(), each.abstentions(), each.facts(), each.once(), each.twice()
          }) {
        AuditHtml.cell(rows, whole((double) count));
      }
      AuditHtml.cell(rows, rate(each.singletonRate(), each.esty()));
      AuditHtml.cell(rows, rate(each.onceOfFacts(), each.onceOfFactsWilson()));
      AuditHtml.cell(
          rows,
          each.chao1Interval().isDefined()
              ? "%s [%s, %s]"
                  .formatted(
                      whole(each.chao1()),
                      whole(each.chao1Interval().low()),
                      whole(each.chao1Interval().high()))
              : "undefined");
      AuditHtml.cell(rows, whole((double) each.contradicted()));
      rows.append("</tr>");
    }
    return """
    <section><h2>%s</h2>%s
    <p class="key">Singleton rate: facts stated once over all examples, those included that say it is not known, with Esty’s interval (McAllester and Ortiz’s where that has no width). Once, of facts: over distinct facts, Wilson. Chao1: a lower bound on the facts there are. Contradicted: subjects with several values.%s</p></section>
    """
        .formatted(title, AuditHtml.end(rows), more(figures));
  }

  private static String forecasts(CorpusReport report) {
    StringBuilder rows = AuditHtml.head("Relation");
    for (String name :
        List.of("singleton rate", "|E|", "2/|E|", "deviation", "error at least", "error at most")) {
      AuditHtml.column(rows, name);
    }
    rows.append("</tr></thead><tbody>");
    List<Figures> relations = report.relations();
    for (Figures each : relations.subList(0, Math.min(MOST_ROWS, relations.size()))) {
      Forecast forecast = each.forecast();
      rows.append("<tr>");
      AuditHtml.text(rows, each.name());
      AuditHtml.cell(rows, rate(each.singletonRate(), each.esty()));
      AuditHtml.cell(
          rows, whole((double) forecast.wrongAnswers()) + (forecast.assumed() ? " assumed" : ""));
      AuditHtml.cell(rows, digits(forecast.errorsTerm()));
      AuditHtml.cell(rows, digits(forecast.deviation()));
      AuditHtml.cell(
          rows, forecast.isEmpty() ? "says nothing at this N" : digits(forecast.lower()));
      AuditHtml.cell(rows, digits(Math.min(1, forecast.upper())));
      rows.append("</tr>");
    }
    return """
    <section><h2>Forecast of the error</h2>%s
    <p class="key">Theorem 2 of Kalai et al. 2025 at 99%%: singleton rate − 2/|E| − (35 + 6 ln N)/√N − δ, with δ = %s; some calibrated model stays below the last column.%s</p></section>
    """
        .formatted(AuditHtml.end(rows), report.delta(), more(relations));
  }

  private static String more(List<Figures> figures) {
    return figures.size() > MOST_ROWS
        ? " %d more are in the JSON.".formatted(figures.size() - MOST_ROWS)
        : "";
  }

  private static String rate(double value, Interval interval) {
    return interval.isDefined()
        ? "%s [%s, %s]".formatted(digits(value), digits(interval.low()), digits(interval.high()))
        : digits(value);
  }

  private static String digits(double value) {
    return Double.isNaN(value)
        ? "undefined"
        : String.format(Locale.ROOT, "%.4f", value).replace("-", "−");
  }

  private static String whole(double value) {
    return String.format(Locale.ROOT, "%,.0f", value);
  }
}
