package dev.loupe.audit;

import dev.loupe.audit.Leaderboard.Confidence;
import dev.loupe.audit.Leaderboard.Difference;
import dev.loupe.audit.Leaderboard.Pair;
import dev.loupe.audit.Leaderboard.Rank;
import dev.loupe.audit.Leaderboard.Row;
import dev.loupe.audit.Leaderboard.Section;
import dev.loupe.statistics.Estimate;
import dev.loupe.statistics.Interval;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * An audit as CSV, a figure a row: {@code category,system,against,figure,target,value,low,high,
 * method}. What does not apply or is undefined is empty.
 */
public final class AnswerCsv {
  private static final String HEAD =
      "category,system,against,figure,target,value,low,high,method\n";
  private static final String SCORED = "mean score with its standard error";

  private final StringBuilder rows = new StringBuilder(HEAD);

  private AnswerCsv() {}

  /** All figures of systems, of their sections, and of pairs. */
  public static String of(Leaderboard board) {
    AnswerCsv csv = new AnswerCsv();
    board.systems().forEach(row -> csv.system("", row));
    for (Section section : board.sections()) {
      section.systems().forEach(row -> csv.system(section.category(), row));
    }
    board.pairs().forEach(csv::pair);
    return csv.rows.toString();
  }

  private void system(String category, Row row) {
    List<String> who = List.of(category, row.system(), "");
    GradeCounts counts = row.counts();
    count(who, "answers", counts.answers());
    count(who, "right", counts.right());
    count(who, "wrong", counts.wrong());
    count(who, "abstained", counts.abstained());
    count(who, "empty", counts.empty());
    count(who, "undetermined", counts.undetermined());
    rate(who, "accuracy", row.accuracy());
    rate(who, "accuracy given attempted", row.accuracyGivenAttempted());
    rate(who, "hallucination rate", row.hallucinationRate());
    rate(who, "abstention rate", row.abstentionRate());
    for (TargetScore each : row.scores()) {
      add(who, "score", number(each.target()), each.score(), each.interval(), SCORED);
    }
    for (Rank each : row.ranks()) {
      Interval interval = new Interval(each.low(), each.high());
      add(who, "rank", number(each.target()), each.rank(), interval, "bootstrap, percentile");
    }
    row.confidence().ifPresent(found -> confidence(who, found));
  }

  private void confidence(List<String> who, Confidence found) {
    String method = "n = " + found.answers();
    plain(who, "mean confidence", found.meanConfidence(), method);
    plain(who, "ECE", found.equalWidth().expectedError(), method + ", ten bins of equal width");
    plain(who, "ECE", found.equalMass().expectedError(), method + ", ten bins of equal mass");
    plain(who, "Brier score", found.brier(), method);
    plain(who, "log score", found.logScore(), method + ", nats");
    plain(who, "AUROC", found.auroc(), method);
    plain(who, "area under risk-coverage", found.riskCoverage().area(), method);
  }

  private void pair(Pair pair) {
    List<String> who = List.of("", pair.first(), pair.second());
    plain(who, "equal at t", pair.breakEven().orElse(Double.NaN), "");
    for (Difference each : pair.differences()) {
      String target = number(each.target());
      add(who, "difference of scores", target, each.difference(), each.interval(), SCORED);
      add(who, "adjusted p", target, each.adjustedP(), Interval.undefined(), "Holm");
    }
  }

  private void count(List<String> who, String figure, long count) {
    plain(who, figure, (double) count, "count");
  }

  private void rate(List<String> who, String figure, Estimate rate) {
    Interval interval =
        rate.hasInterval() ? new Interval(rate.low(), rate.high()) : Interval.undefined();
    add(who, figure, "", rate.value(), interval, rate.unit());
  }

  private void plain(List<String> who, String figure, double value, String method) {
    add(who, figure, "", value, Interval.undefined(), method);
  }

  private void add(
      List<String> who,
      String figure,
      String target,
      double value,
      Interval interval,
      String method) {
    Stream<String> cells =
        Stream.of(
            figure, target, number(value), number(interval.low()), number(interval.high()), method);
    rows.append(
            Stream.concat(who.stream(), cells)
                .map(AnswerCsv::quoted)
                .collect(Collectors.joining(",")))
        .append('\n');
  }

  private static String number(double value) {
    return Double.isNaN(value)
        ? ""
        : value == Math.rint(value) && Math.abs(value) < 1e15
            ? Long.toString((long) value)
            : Double.toString(value);
  }

  private static String quoted(String cell) {
    return cell.chars().anyMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r')
        ? '"' + cell.replace("\"", "\"\"") + '"'
        : cell;
  }
}
