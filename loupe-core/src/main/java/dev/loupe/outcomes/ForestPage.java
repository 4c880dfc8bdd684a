package dev.loupe.outcomes;

import dev.loupe.outcomes.OutcomeReport.Difference;
import dev.loupe.outcomes.OutcomeReport.Pairing;
import dev.loupe.outcomes.OutcomeReport.Rate;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The report as one HTML file: a few sentences, the forest plot, the table; no script, no network.
 */
public final class ForestPage {
  private static final int MOST_SENTENCES = 12;

  private ForestPage() {}

  /** The page. */
  public static String of(OutcomeReport report) {
    String title = "Rates of success: " + report.source();
    return """
    <!doctype html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>%s</title>
    <style>%s</style>
    </head>
    <body>
    <header>
    <p class="brand">Loupe · stats</p>
    <h1>How often did it succeed?</h1>
    <p class="lead">%s</p>
    </header>
    <main>
    <section><h2>What may be said</h2><ul class="said">%s</ul></section>
    <section><h2>Rates, and differences to %s</h2>
    <div class="scroll" tabindex="0" role="region" aria-label="Forest plot">%s</div>
    <p class="key">%s</p></section>
    <section><h2>The figures</h2>
    <div class="scroll" tabindex="0" role="region" aria-label="Table of figures">%s</div></section>
    %s
    </main>
    </body>
    </html>
    """
        .formatted(
            Markup.escaped(title),
            STYLE,
            lead(report),
            said(report),
            Markup.escaped(report.baseline()),
            ForestPlot.svg(report),
            key(report),
            table(report),
            caveats(report));
  }

  private static String lead(OutcomeReport report) {
    return Markup.escaped(
        String.format(
            Locale.ROOT,
            "%s: %,d trials of %d config%s%s. Baseline: %s. Intervals at %s.",
            report.source(),
            report.trials(),
            report.configs().size(),
            report.configs().size() == 1 ? "" : "s",
            report.categories().isEmpty()
                ? ""
                : " in %d categor%s"
                    .formatted(
                        report.categories().size(), report.categories().size() == 1 ? "y" : "ies"),
            report.baseline(),
            Markup.level(report.level())));
  }

  private static String said(OutcomeReport report) {
    StringBuilder list = new StringBuilder();
    List<String> sentences = OutcomeSentences.of(report);
    sentences.stream()
        .limit(MOST_SENTENCES)
        .forEach(each -> list.append("<li>").append(unbroken(each)).append("</li>"));
    int more = sentences.size() - MOST_SENTENCES;
    if (more > 0) {
      list.append("<li class=\"quiet\">%d more are in the table.</li>".formatted(more));
    }
    return list.toString();
  }

  /** Figures stay on one line. */
  private static String unbroken(String sentence) {
    return Markup.escaped(sentence)
        .replaceAll("(\\S+) (\\[[^]]*?),? ([^]]*]) points", "<span>$1 $2, $3 points</span>")
        .replaceAll("\\(Holm p [^)]*\\)", "<span>$0</span>");
  }

  private static String key(OutcomeReport report) {
    return Markup.escaped(
        "Squares are rates of one category, diamonds those of all together. On the right, a filled"
            + " mark is a difference that the adjusted p-value shows; at an open mark it shows"
            + " none. "
            + OutcomeSentences.methods(report.pairing()));
  }

  private static String table(OutcomeReport report) {
    boolean hasDifferences = !report.differences().isEmpty();
    boolean hasClusters = report.pairing() == Pairing.CLUSTERED;
    StringBuilder rows = new StringBuilder("<table><thead><tr>");
    head(rows, "Category", "Config", "Successes", "Trials", "Rate");
    if (hasClusters) {
      head(rows, "Clusters", "Effective trials");
    }
    if (hasDifferences) {
      head(rows, "Difference, points", "p", "Holm p", "Compared as");
    }
    rows.append("</tr></thead><tbody>");
    for (Rate rate : report.rates()) {
      rows.append(rate.category().isEmpty() ? "<tr class=\"pooled\">" : "<tr>");
      text(rows, rate.category().orElse("all"));
      text(rows, rate.config());
      number(rows, String.format(Locale.ROOT, "%,d", rate.successes()));
      number(rows, String.format(Locale.ROOT, "%,d", rate.trials()));
      number(rows, Markup.percent(rate.rate()));
      if (hasClusters) {
        number(rows, String.format(Locale.ROOT, "%,d", rate.clusters()));
        number(rows, String.format(Locale.ROOT, "%,.1f", rate.effectiveTrials()));
      }
      if (hasDifferences) {
        difference(rows, report.difference(rate.config(), rate.category()));
      }
      rows.append("</tr>");
    }
    return rows.append("</tbody></table>").toString();
  }

  private static void difference(StringBuilder rows, Optional<Difference> difference) {
    if (difference.isEmpty()) {
      rows.append("<td colspan=\"4\" class=\"quiet\">–</td>");
      return;
    }
    Difference each = difference.get();
    number(rows, Markup.points(each.difference()));
    number(rows, Markup.p(each.p()));
    number(rows, Markup.p(each.adjustedP()));
    text(rows, OutcomeSentences.comparedAs(each));
  }

  private static String caveats(OutcomeReport report) {
    if (report.caveats().isEmpty()) {
      return "";
    }
    StringBuilder list = new StringBuilder("<section><h2>To keep in mind</h2><ul class=\"said\">");
    report
        .caveats()
        .forEach(each ->
            list.append("<li>").append(Markup.escaped(each.replace("`", ""))).append("</li>"));
    return list.append("</ul></section>").toString();
  }

  private static void head(StringBuilder rows, String... names) {
    for (String name : names) {
      boolean isText =
          name.equals("Category") || name.equals("Config") || name.equals("Compared as");
      rows.append(isText ? "<th scope=\"col\">" : "<th scope=\"col\" class=\"number\">")
          .append(name)
          .append("</th>");
    }
  }

  private static void text(StringBuilder rows, String text) {
    rows.append("<td>").append(Markup.escaped(text)).append("</td>");
  }

  private static void number(StringBuilder rows, String text) {
    rows.append("<td class=\"number\">").append(Markup.escaped(text)).append("</td>");
  }

  /** The style sheet of pages without a script. */
  public static final String STYLE =
      """
      :root { color-scheme: light dark; --paper: light-dark(#f7f5f0, #14161b); --sheet: light-dark(#fffefb, #1b1e25);
        --rule: light-dark(#e3ded2, #2e333e); --ink: light-dark(#1e222b, #e7e5df); --soft: light-dark(#555b67, #b0b4bd);
        --faint: light-dark(#69675f, #969ca8); --accent: light-dark(#00735a, #3fc6a0); }
      body { margin: 0 auto; max-width: 1168px; padding: 28px 20px 48px; background: var(--paper); color: var(--ink);
        font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Liberation Sans", sans-serif; }
      h1, h2 { font-family: "Iowan Old Style", "Palatino Linotype", Palatino, "URW Palladio L", Charter, Georgia, "DejaVu Serif", serif;
        font-weight: 600; line-height: 1.25; margin: 0; }
      h1 { font-size: 1.75rem; }
      h2 { font-size: 1.125rem; margin-bottom: 10px; }
      p { margin: 0; }
      .brand { color: var(--accent); font-size: 0.8125rem; font-weight: 600; letter-spacing: 0.02em; margin-bottom: 6px; }
      .lead { color: var(--soft); margin-top: 6px; overflow-wrap: anywhere; }
      section { margin-top: 20px; padding: 18px 22px 20px; background: var(--sheet); border: 1px solid var(--rule); border-radius: 10px; }
      .said { margin: 0; padding-left: 1.1em; }
      .said span { white-space: nowrap; }
      .said li { margin: 3px 0; overflow-wrap: anywhere; }
      .scroll { overflow-x: auto; }
      .scroll:focus-visible { outline: 2px solid var(--accent); outline-offset: 4px; border-radius: 4px; }
      .forest { display: block; max-width: none; margin: -12px -24px 0; }
      .key, .quiet { color: var(--soft); font-size: 0.8125rem; }
      .key { margin-top: 10px; }
      table { border-collapse: collapse; min-width: 100%; font-size: 0.8438rem; font-variant-numeric: tabular-nums; }
      th { text-align: left; font-weight: 500; color: var(--soft); border-bottom: 1px solid var(--rule); }
      th, td { padding: 5px 22px 5px 0; white-space: nowrap; }
      th:last-child, td:last-child { padding-right: 0; }
      td { border-bottom: 1px solid color-mix(in srgb, var(--rule) 60%, transparent); }
      td:not(.number) { white-space: normal; min-width: 13ch; max-width: 30ch; overflow-wrap: anywhere; }
      .number { text-align: right; }
      .pooled td { font-weight: 600; }
      """;
}
