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
    return PlainPage.of(
        "stats",
        "Rates of success: " + report.source(),
        "How often did it succeed?",
        lead(report),
        "",
        """
        <section><h2>What may be said</h2><ul class="said">%s</ul></section>
        <section><h2>Rates, and differences to %s</h2>
        <div class="scroll" tabindex="0" role="region" aria-label="Forest plot">%s</div>
        <p class="key">%s</p></section>
        <section><h2>The figures</h2>
        <div class="scroll" tabindex="0" role="region" aria-label="Table of figures">%s</div></section>
        %s\
        """
            .formatted(
                said(report),
                Markup.escaped(report.baseline()),
                ForestPlot.svg(report),
                key(report),
                table(report),
                caveats(report)));
  }

  private static String lead(OutcomeReport report) {
    return String.format(
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
        Markup.level(report.level()));
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
}
