package dev.loupe.cli.audit;

import dev.loupe.audit.GradeCounts;
import dev.loupe.audit.Leaderboard;
import dev.loupe.audit.Leaderboard.Confidence;
import dev.loupe.audit.Leaderboard.Difference;
import dev.loupe.audit.Leaderboard.Pair;
import dev.loupe.audit.Leaderboard.Rank;
import dev.loupe.audit.Leaderboard.Row;
import dev.loupe.audit.TargetScore;
import dev.loupe.cli.terminal.Style;
import dev.loupe.cli.terminal.SummaryLines;
import dev.loupe.outcomes.Markup;
import dev.loupe.statistics.Counts;
import dev.loupe.statistics.Estimate;
import dev.loupe.statistics.Interval;
import dev.loupe.statistics.ProportionInterval;
import dev.loupe.statistics.Reliability.Bin;
import java.util.List;
import java.util.Locale;

/** The lines that tell an audit to a person. */
final class AuditLines {
  private static final int MOST_PAIRS = 12;

  private AuditLines() {}

  static void answers(Leaderboard board, SummaryLines lines) {
    for (Row row : board.systems()) {
      GradeCounts counts = row.counts();
      lines.wrapped(
          Style.BOLD,
          "",
          "%s: %d right, %d wrong, %d abstained, %d empty of %d answers%s."
              .formatted(
                  SummaryLines.printable(row.system()),
                  counts.right(),
                  counts.wrong(),
                  counts.abstained(),
                  counts.empty(),
                  counts.answers(),
                  counts.undetermined() == 0
                      ? ""
                      : "; %d more are undetermined and in no rate"
                          .formatted(counts.undetermined())));
      rate(lines, "accuracy", row.accuracy());
      rate(lines, "accuracy given attempted", row.accuracyGivenAttempted());
      rate(lines, "hallucination rate (wrong of all)", row.hallucinationRate());
      rate(lines, "abstention", row.abstentionRate());
      for (TargetScore score : row.scores()) {
        lines.row(
            "  %-36s%s   a wrong answer costs %s"
                .formatted(
                    "score at t = " + number(score.target()),
                    score(score),
                    number(score.penalty())));
      }
      if (row.confidence().isPresent() && !board.source().isProbability()) {
        ranking(board, row.confidence().get(), lines);
      } else if (row.confidence().isPresent()) {
        confidence(board, row.confidence().get(), lines);
      } else {
        lines.line(Style.DIM, "  No answer has a confidence: nothing to say on calibration.");
      }
      lines.blank();
    }
    SectionLines.show(board, lines);
    notes(board, lines);
  }

  /** Of a confidence that is no probability. */
  private static void ranking(Leaderboard board, Confidence found, SummaryLines lines) {
    lines.heading(
        "  Ranking by confidence",
        "%d right or wrong answers; %s".formatted(found.answers(), board.source().words()));
    figure(lines, "AUROC", digits(found.auroc()));
    area(found, lines);
  }

  private static void area(Confidence found, SummaryLines lines) {
    figure(
        lines,
        "area under risk-coverage",
        "%s   best possible %s, random %s"
            .formatted(
                digits(found.riskCoverage().area()),
                digits(found.riskCoverage().optimalArea()),
                digits(found.riskCoverage().randomArea())));
  }

  private static void confidence(Leaderboard board, Confidence found, SummaryLines lines) {
    lines.heading(
        "  Calibration",
        "%d right or wrong answers with a confidence (%s), mean %s"
            .formatted(found.answers(), board.source().words(), digits(found.meanConfidence())));
    figure(
        lines,
        "expected calibration error, 10 bins",
        "%s   [ , ) bins %s, equal mass %s; biased upwards in small samples"
            .formatted(
                digits(found.equalWidth().expectedError()),
                digits(found.equalWidthLeftClosed().expectedError()),
                digits(found.equalMass().expectedError())));
    figure(
        lines,
        "Brier score",
        "%s = reliability %s - resolution %s + uncertainty %s"
            .formatted(
                digits(found.brier()),
                digits(found.murphy().reliability()),
                digits(found.murphy().resolution()),
                digits(found.murphy().uncertainty())));
    figure(lines, "log score, nats", digits(found.logScore()));
    figure(lines, "AUROC", digits(found.auroc()));
    area(found, lines);
    lines.head("  %-10s%8s  %10s  %s".formatted("BIN", "ANSWERS", "CONFIDENCE", "RIGHT"));
    for (Bin bin : found.equalWidth().bins()) {
      Estimate right =
          ProportionInterval.WILSON.estimate(new Counts(bin.right(), bin.count()), board.level());
      lines.row(
          String.format(
              Locale.ROOT,
              "  %.1f-%.1f   %8d  %10.3f  %s",
              bin.number() / 10.0,
              (bin.number() + 1) / 10.0,
              bin.count(),
              bin.confidence(),
              Markup.percent(right)));
    }
  }

  static void leaderboard(Leaderboard board, SummaryLines lines) {
    long certain = board.changes().stream().filter(Leaderboard.Change::isCertain).count();
    lines.wrapped(
        Style.BOLD,
        "",
        board.changes().isEmpty()
            ? "The order is the same at every target."
            : "%d orders change with the target; %d of these changes are certain at %s."
                .formatted(board.changes().size(), certain, Markup.level(board.level())));
    lines.blank();
    for (int at = 0; at < board.targets().size(); at++) {
      int target = at;
      lines.heading(
          "t = " + number(board.targets().get(at)),
          board.targets().get(at) == 0
              ? "binary grading: a wrong answer costs nothing"
              : "a wrong answer costs " + number(TargetScore.penalty(board.targets().get(at))));
      board.systems().stream()
          .sorted(
              (a, b) -> Integer.compare(a.ranks().get(target).rank(), b.ranks().get(target).rank()))
          .forEach(row -> lines.row(ranked(row, target)));
    }
    lines.heading("Pairs", "score of the first less that of the second, same items");
    List<Pair> shown = board.pairs().subList(0, Math.min(MOST_PAIRS, board.pairs().size()));
    for (Pair pair : shown) {
      lines.row(
          "  %s and %s%s"
              .formatted(
                  SummaryLines.printable(pair.first()),
                  SummaryLines.printable(pair.second()),
                  pair.breakEven().isPresent()
                      ? ": equal at t = " + digits(pair.breakEven().getAsDouble())
                      : ": one is ahead at every target, or both are equal"));
      for (Difference each : pair.differences()) {
        lines.row(
            "    t = %-6s %s %-18s Holm p %s%s"
                .formatted(
                    number(each.target()),
                    signed(each.difference()),
                    interval(each.interval()),
                    Markup.p(each.adjustedP()),
                    each.isCertain() ? "  certain" : ""));
      }
    }
    if (shown.size() < board.pairs().size()) {
      lines.line(
          Style.DIM,
          "  %d more pairs: --html and --json have them."
              .formatted(board.pairs().size() - shown.size()));
    }
    lines.blank();
    notes(board, lines);
  }

  private static String ranked(Row row, int target) {
    Rank rank = row.ranks().get(target);
    return "  %-3s%-9s%-30s %s"
        .formatted(
            rank.rank(),
            rank.low() == rank.high() ? "" : rank.low() + " to " + rank.high(),
            SummaryLines.printable(row.system()),
            score(row.scores().get(target)));
  }

  private static void notes(Leaderboard board, SummaryLines lines) {
    lines.line(
        Style.DIM,
        "%d answers over %d independent items or clusters; intervals at %s%s"
            .formatted(
                board.answers(),
                board.units(),
                Markup.level(board.level()),
                board.resamples() == 0
                    ? "."
                    : "; ranks by %d resamples, seed %d."
                        .formatted(board.resamples(), board.seed())));
    board.notes().forEach(note -> lines.wrapped(Style.PLAIN, "! ", SummaryLines.printable(note)));
  }

  private static void rate(SummaryLines lines, String name, Estimate rate) {
    figure(
        lines,
        name,
        Double.isNaN(rate.value()) ? "undefined" : Markup.percent(rate) + "   " + rate.unit());
  }

  private static void figure(SummaryLines lines, String name, String value) {
    lines.row("  %-36s%s".formatted(name, value));
  }

  private static String score(TargetScore score) {
    return signed(score.score()) + " " + interval(score.interval());
  }

  private static String interval(Interval interval) {
    return interval.isDefined()
        ? "[%s, %s]".formatted(signed(interval.low()), signed(interval.high()))
        : "no interval";
  }

  private static String signed(double value) {
    return String.format(Locale.ROOT, "%+.3f", value + 0.0).replace("-0.000", "+0.000");
  }

  private static String digits(double value) {
    return Double.isNaN(value) ? "undefined" : String.format(Locale.ROOT, "%.3f", value);
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.4g", value)
        .replaceFirst("(\\.\\d*?)0+$", "$1")
        .replaceFirst("\\.$", "");
  }
}
