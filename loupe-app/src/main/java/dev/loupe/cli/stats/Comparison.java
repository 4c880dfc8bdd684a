package dev.loupe.cli.stats;

import dev.loupe.cli.terminal.Style;
import dev.loupe.cli.terminal.SummaryLines;
import dev.loupe.statistics.Counts;
import dev.loupe.statistics.DifferenceInterval;
import dev.loupe.statistics.Estimate;
import dev.loupe.statistics.Interval;
import dev.loupe.statistics.McNemar;
import dev.loupe.statistics.OddsRatioInterval;
import dev.loupe.statistics.PairedInterval;
import dev.loupe.statistics.Pairs;
import dev.loupe.statistics.ProportionInterval;
import dev.loupe.statistics.RiskRatioInterval;
import dev.loupe.statistics.TwoSampleTest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Two rates side by side.
 *
 * @param paired whether they are of the same items
 * @param level coverage of the intervals
 * @param first with Wilson's interval
 * @param second likewise
 * @param difference first minus second, by each method; the first one is the one to use
 * @param riskRatio first over second; empty for pairs
 * @param oddsRatio likewise
 * @param tests p-values, two-sided; the first one is the one to use
 * @param said what may be said
 */
record Comparison(
    boolean paired,
    double level,
    Estimate first,
    Estimate second,
    List<Row> difference,
    List<Row> riskRatio,
    List<Row> oddsRatio,
    List<Test> tests,
    String said) {

  /** One method's answer. */
  record Row(String method, double value, Interval interval) {}

  /**
   * One test.
   *
   * @param statistic NaN for an exact test
   */
  record Test(String name, double statistic, double p) {}

  /** Of independent trials. */
  static Comparison of(Counts first, Counts second, double level) {
    double difference = first.share() - second.share();
    List<Row> differences =
        Arrays.stream(DifferenceInterval.values())
            .map(each -> new Row(each.label(), difference, each.of(first, second, level)))
            .toList();
    double risk = RiskRatioInterval.value(first, second);
    List<Row> riskRatios =
        Arrays.stream(RiskRatioInterval.values())
            .map(each -> new Row(each.label(), risk, each.of(first, second, level)))
            .toList();
    List<Row> oddsRatios =
        Arrays.stream(OddsRatioInterval.values())
            .map(each ->
                new Row(
                    each.label(),
                    each == OddsRatioInterval.EXACT
                        ? OddsRatioInterval.conditional(first, second)
                        : OddsRatioInterval.value(first, second),
                    each.of(first, second, level)))
            .toList();
    TwoSampleTest.Result pooled = TwoSampleTest.pooledZ(first, second);
    double fisher = TwoSampleTest.fisher(first, second);
    return new Comparison(
        false,
        level,
        ProportionInterval.WILSON.estimate(first, level),
        ProportionInterval.WILSON.estimate(second, level),
        differences,
        riskRatios,
        oddsRatios,
        List.of(
            new Test("Fisher, exact", Double.NaN, fisher),
            new Test("pooled z", pooled.statistic(), pooled.p())),
        said(difference, differences.getFirst().interval(), fisher, level));
  }

  /** Of the same items. */
  static Comparison of(Pairs pairs, double level) {
    List<Row> differences =
        Arrays.stream(PairedInterval.values())
            .map(each -> new Row(each.label(), pairs.difference(), each.of(pairs, level)))
            .toList();
    TwoSampleTest.Result plain = McNemar.chiSquared(pairs);
    TwoSampleTest.Result corrected = McNemar.chiSquaredCorrected(pairs);
    double exact = McNemar.exact(pairs);
    return new Comparison(
        true,
        level,
        ProportionInterval.WILSON.estimate(pairs.first(), level),
        ProportionInterval.WILSON.estimate(pairs.second(), level),
        differences,
        List.of(),
        List.of(),
        List.of(
            new Test("McNemar, exact", Double.NaN, exact),
            new Test("McNemar, mid-p", Double.NaN, McNemar.midP(pairs)),
            new Test("McNemar, chi-squared", plain.statistic(), plain.p()),
            new Test("McNemar, chi-squared, corrected", corrected.statistic(), corrected.p())),
        said(pairs.difference(), differences.getFirst().interval(), exact, level));
  }

  private static String said(double difference, Interval interval, double p, double level) {
    boolean excludesZero = !interval.contains(0);
    boolean isSmall = p < 1 - level;
    String range =
        "between %s and %s points (%s)"
            .formatted(
                Figures.points(interval.low()),
                Figures.points(interval.high()),
                Figures.level(level));
    if (excludesZero && isSmall) {
      return "The first rate is %s than the second: %s points, %s; p = %s."
          .formatted(
              difference > 0 ? "higher" : "lower", Figures.points(difference), range, Figures.p(p));
    }
    if (excludesZero || isSmall) {
      return "A borderline case, better not called a difference: %s points, %s, but p = %s."
          .formatted(Figures.points(difference), range, Figures.p(p));
    }
    return "No difference is shown: %s points, %s, p = %s. That does not show the rates to be the same."
        .formatted(Figures.points(difference), range, Figures.p(p));
  }

  void show(SummaryLines lines) {
    lines.wrapped(Style.BOLD, "", said);
    lines.blank();
    rate(lines, "first", first);
    rate(lines, "second", second);
    String percent = Figures.level(level);
    List<List<String>> differences = new ArrayList<>();
    difference.forEach(row ->
        differences.add(
            List.of(row.method(), Figures.points(row.value()), Figures.points(row.interval()))));
    section(
        lines,
        paired
            ? "Difference, in percentage points, of the same items"
            : "Difference, in percentage points",
        percent,
        differences);
    ratios(lines, "Ratio of the rates", percent, riskRatio);
    ratios(lines, "Odds ratio", percent, oddsRatio);
    lines.heading("Tests", "two-sided");
    for (Test test : tests) {
      lines.row(
          "  %-38s p = %-10s%s"
              .formatted(
                  test.name(),
                  Figures.p(test.p()),
                  Double.isNaN(test.statistic())
                      ? ""
                      : "  statistic " + Figures.ratio(test.statistic()))
              .stripTrailing());
    }
  }

  private static void rate(SummaryLines lines, String name, Estimate rate) {
    lines.row(
        "  %-8s%-8s  %s   %s"
            .formatted(
                name,
                Figures.percent(rate.value()),
                Figures.percent(new Interval(rate.low(), rate.high())),
                rate.unit()));
  }

  private static void ratios(SummaryLines lines, String title, String percent, List<Row> rows) {
    if (!rows.isEmpty()) {
      section(
          lines,
          title,
          percent,
          rows.stream()
              .map(row ->
                  List.of(row.method(), Figures.ratio(row.value()), Figures.ratio(row.interval())))
              .toList());
    }
  }

  private static void section(
      SummaryLines lines, String title, String percent, List<List<String>> rows) {
    lines.heading(title, percent + " intervals; the first one is the one to use");
    for (List<String> row : rows) {
      String text = "  %-38s%10s   %s".formatted(row.get(0), row.get(1), row.get(2));
      if (row.equals(rows.getFirst())) {
        lines.styled("", text, "");
      } else {
        lines.row(row.getFirst().equals("Wald") ? text + "   never a default" : text);
      }
    }
  }
}
