package dev.loupe.audit;

import dev.loupe.audit.Leaderboard.Confidence;
import dev.loupe.audit.Leaderboard.Difference;
import dev.loupe.audit.Leaderboard.Pair;
import dev.loupe.audit.Leaderboard.Rank;
import dev.loupe.audit.Leaderboard.Row;
import dev.loupe.outcomes.ForestPage;
import dev.loupe.outcomes.Markup;
import dev.loupe.statistics.Estimate;
import dev.loupe.statistics.Interval;
import dev.loupe.statistics.Reliability.Bin;
import dev.loupe.statistics.RiskCoverage;
import java.util.List;
import java.util.Locale;

/** An audit as one HTML file: tables and diagrams; no script, no network. */
public final class AuditPage {
  private static final int MOST_PAIRS = 200;
  private static final int MOST_POINTS = 400;
  private static final int SIDE = 240;
  private static final int EDGE = 34;

  private static final String OWN_STYLE =
      """
      .plots { display: flex; flex-wrap: wrap; gap: 18px; }
      figure { margin: 0; }
      th, td { padding-right: 14px; }
      .ends { display: block; color: var(--soft); }
      figcaption { color: var(--soft); font-size: 0.8125rem; max-width: 300px; overflow-wrap: anywhere; }
      svg text { fill: var(--soft); font-size: 10px; }
      svg .frame { fill: none; stroke: var(--rule); }
      svg .ideal { stroke: var(--faint); stroke-dasharray: 4 3; }
      svg .band { stroke: var(--accent); stroke-width: 1.5; }
      svg .dot { fill: var(--accent); }
      svg .curve { fill: none; stroke: var(--accent); stroke-width: 1.5; }
      """;

  private AuditPage() {}

  /** The page. */
  public static String of(Leaderboard board) {
    return """
    <!doctype html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>Does it know, or guess?</title>
    <style>%s%s</style>
    </head>
    <body>
    <header>
    <p class="brand">Loupe · audit</p>
    <h1>Does it know, or guess?</h1>
    <p class="lead">%s</p>
    </header>
    <main>
    <section><h2>Scores and ranks by confidence target</h2>%s
    <p class="key">At target t a wrong answer costs t/(1 − t), “I don’t know” nothing. Score with its interval, rank with the interval of the bootstrap.</p></section>
    <section><h2>Rates</h2>%s
    <p class="key">Wilson intervals, at the effective number of trials where items repeat or come in clusters. Undetermined answers are in no rate.</p></section>
    %s%s%s%s%s
    </main>
    </body>
    </html>
    """
        .formatted(
            ForestPage.STYLE,
            OWN_STYLE,
            lead(board),
            scores(board),
            rates(board),
            pairs(board),
            SectionTables.categories(board),
            SectionTables.labels(board),
            calibration(board),
            notes(board));
  }

  private static String lead(Leaderboard board) {
    return "%d answers of %d systems over %d independent items or clusters. Intervals at %s%s."
        .formatted(
            board.answers(),
            board.systems().size(),
            board.units(),
            Markup.level(board.level()),
            board.resamples() == 0
                ? ""
                : "; ranks by %d resamples, seed %d".formatted(board.resamples(), board.seed()));
  }

  private static String scores(Leaderboard board) {
    StringBuilder rows = head("System");
    for (double target : board.targets()) {
      column(rows, "t = %s%s".formatted(number(target), target == 0 ? ", binary" : ""));
      column(rows, "rank");
    }
    rows.append("</tr></thead><tbody>");
    for (Row row : board.systems()) {
      rows.append("<tr>");
      text(rows, row.system());
      for (int t = 0; t < board.targets().size(); t++) {
        Rank rank = row.ranks().get(t);
        cell(rows, score(row.scores().get(t)));
        cell(
            rows,
            rank.low() == rank.high()
                ? String.valueOf(rank.rank())
                : "%d (%d to %d)".formatted(rank.rank(), rank.low(), rank.high()));
      }
      rows.append("</tr>");
    }
    return end(rows);
  }

  private static String rates(Leaderboard board) {
    StringBuilder rows = head("System");
    for (String name :
        List.of(
            "answers",
            "right",
            "wrong",
            "abstained",
            "empty",
            "undetermined",
            "accuracy",
            "given attempted",
            "hallucination",
            "abstention")) {
      column(rows, name);
    }
    rows.append("</tr></thead><tbody>");
    for (Row row : board.systems()) {
      rows.append("<tr>");
      text(rows, row.system());
      GradeCounts counts = row.counts();
      for (long count :
          new long[] {
            counts.answers(),
            counts.right(),
            counts.wrong(),
            counts.abstained(),
            counts.empty(),
            counts.undetermined()
          }) {
        cell(rows, String.valueOf(count));
      }
      cell(rows, rate(row.accuracy()));
      cell(rows, rate(row.accuracyGivenAttempted()));
      cell(rows, rate(row.hallucinationRate()));
      cell(rows, rate(row.abstentionRate()));
      rows.append("</tr>");
    }
    return end(rows);
  }

  private static String pairs(Leaderboard board) {
    if (board.pairs().isEmpty()) {
      return "";
    }
    StringBuilder rows = head("First", "Second");
    for (String name : List.of("equal at t", "target", "difference", "Holm p", "certain")) {
      column(rows, name);
    }
    rows.append("</tr></thead><tbody>");
    for (Pair pair : board.pairs().subList(0, Math.min(MOST_PAIRS, board.pairs().size()))) {
      for (Difference each : pair.differences()) {
        rows.append("<tr>");
        text(rows, pair.first());
        text(rows, pair.second());
        cell(rows, pair.breakEven().isPresent() ? digits(pair.breakEven().getAsDouble()) : "none");
        cell(rows, number(each.target()));
        cell(rows, signed(each.difference()) + " " + interval(each.interval()));
        cell(rows, Markup.p(each.adjustedP()));
        cell(rows, each.isCertain() ? "yes" : "no");
        rows.append("</tr>");
      }
    }
    int more = board.pairs().size() - MOST_PAIRS;
    return "<section><h2>Which orders are certain</h2>"
        + end(rows)
        + (more > 0 ? "<p class=\"key\">%d more pairs are in the JSON.</p>".formatted(more) : "")
        + "</section>";
  }

  private static String calibration(Leaderboard board) {
    StringBuilder all = new StringBuilder();
    for (Row row : board.systems()) {
      row.confidence()
          .ifPresent(found ->
              all.append("<section><h2>Calibration of ")
                  .append(Markup.escaped(row.system()))
                  .append("</h2><div class=\"plots\">")
                  .append(board.source().isProbability() ? reliability(found, board) : "")
                  .append(riskCoverage(found))
                  .append("</div></section>"));
    }
    return all.toString();
  }

  private static String reliability(Confidence found, Leaderboard board) {
    StringBuilder svg = frame("Reliability diagram", "confidence", "share right");
    svg.append(line("ideal", 0, 0, 1, 1));
    StringBuilder bins = new StringBuilder();
    for (Bin bin : found.equalWidth().bins()) {
      svg.append(
          line(
              "band",
              bin.confidence(),
              bin.interval().low(),
              bin.confidence(),
              bin.interval().high()));
      svg.append(
          String.format(
              Locale.ROOT,
              "<circle class=\"dot\" cx=\"%.1f\" cy=\"%.1f\" r=\"3.5\"><title>%d of %d right</title></circle>",
              x(bin.confidence()),
              y(bin.accuracy()),
              bin.right(),
              bin.count()));
      bins.append(bins.isEmpty() ? "" : ", ").append(bin.count());
    }
    return "<figure>%s</svg><figcaption>%s</figcaption></figure>"
        .formatted(
            svg,
            "Share right by confidence (%s), Wilson bands. ECE %s (equal mass %s), Brier %s, log score %s, AUROC %s; n = %d, by bin: %s."
                .formatted(
                    board.source().words(),
                    digits(found.equalWidth().expectedError()),
                    digits(found.equalMass().expectedError()),
                    digits(found.brier()),
                    digits(found.logScore()),
                    digits(found.auroc()),
                    found.answers(),
                    bins));
  }

  private static String riskCoverage(Confidence found) {
    StringBuilder svg = frame("Risk-coverage curve", "coverage", "share wrong");
    List<RiskCoverage.Point> points = found.riskCoverage().points();
    int step = Math.max(1, points.size() / MOST_POINTS);
    StringBuilder path = new StringBuilder();
    for (int i = 0; i < points.size(); i++) {
      if (i % step == 0 || i == points.size() - 1) {
        path.append(
            String.format(
                Locale.ROOT,
                "%s%.1f %.1f",
                path.isEmpty() ? "M" : "L",
                x(points.get(i).coverage()),
                y(points.get(i).risk())));
      }
    }
    svg.append("<path class=\"curve\" d=\"").append(path).append("\"/>");
    return "<figure>%s</svg><figcaption>%s</figcaption></figure>"
        .formatted(
            svg,
            "Errors among the most confident answers. Area %s; best possible %s, random %s."
                .formatted(
                    digits(found.riskCoverage().area()),
                    digits(found.riskCoverage().optimalArea()),
                    digits(found.riskCoverage().randomArea())));
  }

  private static StringBuilder frame(String label, String across, String up) {
    int size = SIDE + 2 * EDGE;
    return new StringBuilder(
        """
        <svg role="img" aria-label="%s" width="%d" height="%d" viewBox="0 0 %d %d">\
        <rect class="frame" x="%d" y="%d" width="%d" height="%d"/>\
        <text x="%d" y="%d">0</text><text x="%d" y="%d">1</text><text x="%d" y="%d">%s</text>\
        <text x="4" y="%d">1</text><text x="4" y="%d">%s</text>\
        """
            .formatted(
                label,
                size,
                size,
                size,
                size,
                EDGE,
                EDGE,
                SIDE,
                SIDE,
                EDGE,
                EDGE + SIDE + 14,
                EDGE + SIDE - 4,
                EDGE + SIDE + 14,
                EDGE + SIDE / 2 - 24,
                EDGE + SIDE + 28,
                across,
                EDGE + 8,
                EDGE - 10,
                up));
  }

  private static String line(String kind, double x1, double y1, double x2, double y2) {
    return String.format(
        Locale.ROOT,
        "<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>",
        kind,
        x(x1),
        y(y1),
        x(x2),
        y(y2));
  }

  private static double x(double share) {
    return EDGE + SIDE * share;
  }

  private static double y(double share) {
    return EDGE + SIDE * (1 - share);
  }

  private static String notes(Leaderboard board) {
    if (board.notes().isEmpty()) {
      return "";
    }
    StringBuilder list = new StringBuilder("<section><h2>To keep in mind</h2><ul class=\"said\">");
    board.notes().forEach(note -> list.append("<li>").append(Markup.escaped(note)).append("</li>"));
    return list.append("</ul></section>").toString();
  }

  static StringBuilder head(String... names) {
    StringBuilder rows =
        new StringBuilder("<div class=\"scroll\" tabindex=\"0\"><table><thead><tr>");
    for (String name : names) {
      rows.append("<th scope=\"col\">").append(name).append("</th>");
    }
    return rows;
  }

  static String end(StringBuilder rows) {
    return rows.append("</tbody></table></div>").toString();
  }

  static void column(StringBuilder rows, String name) {
    rows.append("<th scope=\"col\" class=\"number\">").append(name).append("</th>");
  }

  static void text(StringBuilder rows, String text) {
    rows.append("<td>").append(Markup.escaped(text)).append("</td>");
  }

  /** An interval stands below its value, so that all targets fit on a screen. */
  static void cell(StringBuilder rows, String text) {
    int border = text.indexOf(" [");
    rows.append("<td class=\"number\">");
    if (border < 0) {
      rows.append(text);
    } else {
      rows.append(text, 0, border)
          .append("<span class=\"ends\">")
          .append(text, border + 1, text.length())
          .append("</span>");
    }
    rows.append("</td>");
  }

  static String rate(Estimate rate) {
    return Double.isNaN(rate.value()) ? "undefined" : Markup.percent(rate);
  }

  static String score(TargetScore score) {
    return signed(score.score()) + " " + interval(score.interval());
  }

  private static String interval(Interval interval) {
    return interval.isDefined()
        ? "[%s, %s]".formatted(signed(interval.low()), signed(interval.high()))
        : "no interval";
  }

  private static String signed(double value) {
    return String.format(Locale.ROOT, "%+.3f", value + 0.0).replace("-", "−");
  }

  private static String digits(double value) {
    return Double.isNaN(value) ? "undefined" : String.format(Locale.ROOT, "%.3f", value);
  }

  static String number(double value) {
    return String.format(Locale.ROOT, "%.4g", value)
        .replaceFirst("(\\.\\d*?)0+$", "$1")
        .replaceFirst("\\.$", "");
  }
}
