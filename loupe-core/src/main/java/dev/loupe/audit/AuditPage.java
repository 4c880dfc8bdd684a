package dev.loupe.audit;

import dev.loupe.audit.Leaderboard.Confidence;
import dev.loupe.audit.Leaderboard.Difference;
import dev.loupe.audit.Leaderboard.Pair;
import dev.loupe.audit.Leaderboard.Rank;
import dev.loupe.audit.Leaderboard.Row;
import dev.loupe.outcomes.Markup;
import dev.loupe.statistics.Estimate;
import dev.loupe.statistics.Interval;
import dev.loupe.statistics.Reliability.Bin;
import dev.loupe.statistics.RiskCoverage;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** An audit as one HTML file: tables and diagrams; no script, no network. */
public final class AuditPage {
  private static final int MOST_PAIRS = 200;
  private static final int MOST_POINTS = 400;

  private AuditPage() {}

  /** The page of recorded answers alone. */
  public static String of(Leaderboard board) {
    return of(board, "");
  }

  /**
   * The page.
   *
   * @param more sections of HTML about the same systems: how one behaves under stated targets, the
   *     corpus's rates over time
   */
  public static String of(Leaderboard board, String more) {
    return AuditHtml.page(
        "Does it know, or guess?",
        lead(board),
        """
        <section><h2>Scores and ranks by confidence target</h2>%s
        <p class="key">At target t a wrong answer costs t/(1 − t), “I don’t know” nothing. Score with its interval, rank with the interval of the bootstrap.</p></section>
        <section><h2>Rates</h2>%s
        <p class="key">Wilson intervals, at the effective number of trials where items repeat or come in clusters. Undetermined answers are in no rate.</p></section>
        """
                .formatted(scores(board), rates(board))
            + pairs(board)
            + SectionTables.categories(board)
            + SectionTables.labels(board)
            + calibration(board)
            + more
            + AuditHtml.notes(board.notes()));
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
    StringBuilder rows = AuditHtml.head("System");
    for (double target : board.targets()) {
      AuditHtml.column(
          rows, "t = %s%s".formatted(AuditHtml.number(target), target == 0 ? ", binary" : ""));
      AuditHtml.column(rows, "rank");
    }
    rows.append("</tr></thead><tbody>");
    for (Row row : board.systems()) {
      rows.append("<tr>");
      AuditHtml.text(rows, row.system());
      for (int t = 0; t < board.targets().size(); t++) {
        Rank rank = row.ranks().get(t);
        AuditHtml.cell(rows, score(row.scores().get(t)));
        AuditHtml.cell(
            rows,
            rank.low() == rank.high()
                ? String.valueOf(rank.rank())
                : "%d (%d to %d)".formatted(rank.rank(), rank.low(), rank.high()));
      }
      rows.append("</tr>");
    }
    return AuditHtml.end(rows);
  }

  private static String rates(Leaderboard board) {
    StringBuilder rows = AuditHtml.head("System");
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
      AuditHtml.column(rows, name);
    }
    rows.append("</tr></thead><tbody>");
    for (Row row : board.systems()) {
      rows.append("<tr>");
      AuditHtml.text(rows, row.system());
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
        AuditHtml.cell(rows, String.valueOf(count));
      }
      AuditHtml.cell(rows, rate(row.accuracy()));
      AuditHtml.cell(rows, rate(row.accuracyGivenAttempted()));
      AuditHtml.cell(rows, rate(row.hallucinationRate()));
      AuditHtml.cell(rows, rate(row.abstentionRate()));
      rows.append("</tr>");
    }
    return AuditHtml.end(rows);
  }

  private static String pairs(Leaderboard board) {
    if (board.pairs().isEmpty()) {
      return "";
    }
    StringBuilder rows = AuditHtml.head("First", "Second");
    for (String name : List.of("equal at t", "target", "difference", "Holm p", "certain")) {
      AuditHtml.column(rows, name);
    }
    rows.append("</tr></thead><tbody>");
    for (Pair pair : board.pairs().subList(0, Math.min(MOST_PAIRS, board.pairs().size()))) {
      for (Difference each : pair.differences()) {
        rows.append("<tr>");
        AuditHtml.text(rows, pair.first());
        AuditHtml.text(rows, pair.second());
        AuditHtml.cell(
            rows, pair.breakEven().isPresent() ? digits(pair.breakEven().getAsDouble()) : "none");
        AuditHtml.cell(rows, AuditHtml.number(each.target()));
        AuditHtml.cell(rows, signed(each.difference()) + " " + interval(each.interval()));
        AuditHtml.cell(rows, Markup.p(each.adjustedP()));
        AuditHtml.cell(rows, each.isCertain() ? "yes" : "no");
        rows.append("</tr>");
      }
    }
    int more = board.pairs().size() - MOST_PAIRS;
    return "<section><h2>Which orders are certain</h2>"
        + AuditHtml.end(rows)
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
    Plot plot = new Plot("Reliability diagram", "confidence", "share right");
    plot.line("ideal", 0, 0, 1, 1);
    StringBuilder bins = new StringBuilder();
    for (Bin bin : found.equalWidth().bins()) {
      plot.line(
          "band", bin.confidence(), bin.interval().low(), bin.confidence(), bin.interval().high());
      plot.dot(
          bin.confidence(), bin.accuracy(), "%d of %d right".formatted(bin.right(), bin.count()));
      bins.append(bins.isEmpty() ? "" : ", ").append(bin.count());
    }
    return plot.figure(
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
    Plot plot = new Plot("Risk-coverage curve", "coverage", "share wrong");
    List<RiskCoverage.Point> points = found.riskCoverage().points();
    int step = Math.max(1, points.size() / MOST_POINTS);
    List<double[]> path = new ArrayList<>();
    for (int i = 0; i < points.size(); i++) {
      if (i % step == 0 || i == points.size() - 1) {
        path.add(new double[] {points.get(i).coverage(), points.get(i).risk()});
      }
    }
    plot.curve(path);
    return plot.figure(
        "Errors among the most confident answers. Area %s; best possible %s, random %s."
            .formatted(
                digits(found.riskCoverage().area()),
                digits(found.riskCoverage().optimalArea()),
                digits(found.riskCoverage().randomArea())));
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
}
