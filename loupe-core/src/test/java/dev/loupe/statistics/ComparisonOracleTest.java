package dev.loupe.statistics;

import static dev.loupe.statistics.Fixtures.near;
import static dev.loupe.statistics.Fixtures.number;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Two samples, pairs, and several systems. */
@Tag("oracle")
class ComparisonOracleTest {
  private static final double TOLERANCE = 1e-9;

  /** Of limits of odds ratios, by the fixtures' README. */
  private static final double ODDS_TOLERANCE = 1e-7;

  @Test
  void differences() throws IOException {
    for (JsonNode each : cases("difference.json", "newcombe")) {
      Counts first = counts(each, "x1", "n1");
      Counts second = counts(each, "x2", "n2");
      double level = each.get("level").asDouble();
      String what = first + " " + second + " " + level + " ";
      near(number(each.get("estimate")), first.share() - second.share(), TOLERANCE, what);
      difference(each, "newcombe", DifferenceInterval.NEWCOMBE.of(first, second, level));
      difference(
          each,
          "newcombe_continuity",
          DifferenceInterval.NEWCOMBE_CONTINUITY.of(first, second, level));
      difference(
          each,
          "miettinen_nurminen",
          DifferenceInterval.MIETTINEN_NURMINEN.of(first, second, level));
      difference(each, "mee", DifferenceInterval.MEE.of(first, second, level));
      difference(each, "wald_raw", DifferenceInterval.WALD.raw(first, second, level));
      difference(
          each, "agresti_caffo_raw", DifferenceInterval.AGRESTI_CAFFO.raw(first, second, level));
      TwoSampleTest.Result pooled = TwoSampleTest.pooledZ(first, second);
      near(number(each.get("pooled_z")), pooled.statistic(), TOLERANCE, what + "z");
      near(number(each.get("pooled_p")), pooled.p(), TOLERANCE, what + "p");
      near(
          number(each.get("fisher_p")),
          TwoSampleTest.fisher(first, second),
          TOLERANCE,
          what + "Fisher");
    }
  }

  private static void difference(JsonNode each, String name, Interval actual) {
    if (each.has(name)) {
      near(each.get(name), actual, TOLERANCE, name + " of " + each);
    }
  }

  @Test
  void pairs() throws IOException {
    for (JsonNode each : cases("paired.json", "newcombe10")) {
      Pairs pairs =
          new Pairs(
              each.get("both").asLong(),
              each.get("first_only").asLong(),
              each.get("second_only").asLong(),
              each.get("neither").asLong());
      double level = each.get("level").asDouble();
      String what = pairs + " " + level + " ";
      near(number(each.get("estimate")), pairs.difference(), TOLERANCE, what);
      near(number(each.get("phi")), PairedInterval.correlation(pairs), TOLERANCE, what);
      near(
          number(each.get("phi_corrected")),
          PairedInterval.correctedCorrelation(pairs),
          TOLERANCE,
          what);
      paired(each, "newcombe8", PairedInterval.NEWCOMBE_8.of(pairs, level));
      paired(each, "newcombe10", PairedInterval.NEWCOMBE_10.of(pairs, level));
      paired(each, "tango", PairedInterval.TANGO.of(pairs, level));
      paired(each, "bonett_price", PairedInterval.BONETT_PRICE.of(pairs, level));
      paired(each, "wald_raw", PairedInterval.WALD.raw(pairs, level));
      if (pairs.items() > 1) {
        paired(each, "miller_interval", PairedInterval.MILLER.raw(pairs, level));
      }
      near(
          number(each.get("miller_se")),
          PairedInterval.millerStandardError(pairs),
          TOLERANCE,
          what);
      near(number(each.get("mcnemar_exact_p")), McNemar.exact(pairs), TOLERANCE, what + "exact");
      near(number(each.get("mcnemar_mid_p")), McNemar.midP(pairs), TOLERANCE, what + "mid-p");
      if (each.has("mcnemar_chi2")) {
        TwoSampleTest.Result plain = McNemar.chiSquared(pairs);
        TwoSampleTest.Result corrected = McNemar.chiSquaredCorrected(pairs);
        near(number(each.get("mcnemar_chi2")), plain.statistic(), TOLERANCE, what);
        near(number(each.get("mcnemar_chi2_p")), plain.p(), TOLERANCE, what);
        near(number(each.get("mcnemar_chi2_corrected")), corrected.statistic(), TOLERANCE, what);
        near(number(each.get("mcnemar_chi2_corrected_p")), corrected.p(), TOLERANCE, what);
      }
    }
  }

  private static void paired(JsonNode each, String name, Interval actual) {
    near(each.get(name), actual, TOLERANCE, name + " of " + each);
  }

  @Test
  void ratios() throws IOException {
    for (JsonNode each : cases("ratio.json", "koopman")) {
      Counts first = counts(each, "x1", "n1");
      Counts second = counts(each, "x2", "n2");
      double level = each.get("level").asDouble();
      String what = first + " " + second + " " + level + " ";
      near(number(each.get("risk_ratio")), RiskRatioInterval.value(first, second), TOLERANCE, what);
      near(number(each.get("odds_ratio")), OddsRatioInterval.value(first, second), TOLERANCE, what);
      ratio(each, "katz_log", RiskRatioInterval.KATZ.of(first, second, level), TOLERANCE);
      ratio(
          each,
          "walter_log_adjusted",
          RiskRatioInterval.WALTER.of(first, second, level),
          TOLERANCE);
      ratio(each, "koopman", RiskRatioInterval.KOOPMAN.of(first, second, level), TOLERANCE);
      ratio(
          each,
          "miettinen_nurminen_ratio",
          RiskRatioInterval.MIETTINEN_NURMINEN.of(first, second, level),
          TOLERANCE);
      ratio(each, "woolf_logit", OddsRatioInterval.WOOLF.of(first, second, level), ODDS_TOLERANCE);
      ratio(
          each,
          "gart_logit_adjusted",
          OddsRatioInterval.GART.of(first, second, level),
          ODDS_TOLERANCE);
      if (each.has("odds_ratio_exact")) {
        near(
            number(each.get("odds_ratio_conditional")),
            OddsRatioInterval.conditional(first, second),
            ODDS_TOLERANCE,
            what + "conditional");
        ratio(
            each,
            "odds_ratio_exact",
            OddsRatioInterval.EXACT.of(first, second, level),
            ODDS_TOLERANCE);
      }
    }
  }

  private static void ratio(JsonNode each, String name, Interval actual, double tolerance) {
    near(each.get(name), actual, tolerance, name + " of " + each);
  }

  @Test
  void severalSystems() throws IOException {
    for (JsonNode each : cases("several.json", "outcomes")) {
      boolean[][] outcomes =
          each.get("outcomes").valueStream().map(SeveralSystemsRows::row).toArray(boolean[][]::new);
      SeveralSystems actual = SeveralSystems.of(outcomes, 0.95);
      String what = each.get("name").asString();
      assertEquals(
          each.get("totals").valueStream().map(JsonNode::asLong).toList(),
          actual.totals().stream().map(Counts::successes).toList());
      near(number(each.get("cochran_q")), actual.cochranQ(), TOLERANCE, what);
      near(number(each.get("cochran_p")), actual.p(), TOLERANCE, what);
      TwoSampleTest.Result same = SeveralSystems.homogeneity(actual.totals());
      if (!each.get("homogeneity_if_independent_chi2").isNull()) {
        near(
            number(each.get("homogeneity_if_independent_chi2")), same.statistic(), TOLERANCE, what);
        near(number(each.get("homogeneity_if_independent_p")), same.p(), TOLERANCE, what);
      }
      double level = 1 - 0.05 / actual.totals().size();
      for (int i = 0; i < actual.totals().size(); i++) {
        Counts total = actual.totals().get(i);
        near(each.get("wilson").get(i), ProportionInterval.WILSON.of(total, 0.95), 1e-9, what);
        near(
            each.get("wilson_bonferroni").get(i),
            ProportionInterval.WILSON.of(total, level),
            TOLERANCE,
            what);
      }
      assertEquals(each.get("pairs").size(), actual.pairs().size());
      for (int i = 0; i < actual.pairs().size(); i++) {
        JsonNode expected = each.get("pairs").get(i);
        SeveralSystems.Pair pair = actual.pairs().get(i);
        assertEquals(expected.get("first").asInt(), pair.first());
        assertEquals(expected.get("second").asInt(), pair.second());
        Estimate difference = pair.difference();
        near(number(expected.get("estimate")), difference.value(), TOLERANCE, what);
        near(
            expected.get("newcombe10"),
            new Interval(difference.low(), difference.high()),
            TOLERANCE,
            what);
        near(number(expected.get("mcnemar_exact_p")), pair.p(), TOLERANCE, what);
        near(number(expected.get("holm_p")), pair.adjustedP(), TOLERANCE, what);
      }
    }
  }

  /** Outcomes are written as 0 and 1. */
  private static final class SeveralSystemsRows {
    private static boolean[] row(JsonNode numbers) {
      boolean[] row = new boolean[numbers.size()];
      for (int i = 0; i < row.length; i++) {
        row[i] = numbers.get(i).asInt() == 1;
      }
      return row;
    }
  }

  @Test
  void adjustedPValues() throws IOException {
    for (JsonNode each : cases("multiple.json", "holm")) {
      double[] p = Fixtures.numbers(each.get("p"));
      for (AdjustedP method : AdjustedP.values()) {
        double[] expected = Fixtures.numbers(each.get(method.name().toLowerCase(Locale.ROOT)));
        double[] actual = method.of(p);
        assertEquals(expected.length, actual.length);
        for (int i = 0; i < p.length; i++) {
          near(expected[i], actual[i], TOLERANCE, method + " of " + each);
        }
      }
    }
  }

  @Test
  void judgeError() throws IOException {
    for (JsonNode file : Fixtures.named("judge.json", "rogan_gladen")) {
      for (JsonNode each : file.get("rogan_gladen")) {
        JudgeError error =
            new JudgeError(
                counts(each, "judged_positive", "judged"),
                counts(each, "true_positive_flagged", "true_positives"),
                counts(each, "true_negative_passed", "true_negatives"));
        var actual = error.corrected(each.get("level").asDouble());
        String what = each.toString();
        assertEquals(each.get("youden").asDouble(), error.youden(), TOLERANCE, what);
        assertEquals(each.get("corrected").isNull(), actual.isEmpty(), what);
        actual.ifPresent(found -> {
          assertEquals(each.get("corrected_raw").asDouble(), found.uncut(), TOLERANCE, what);
          assertEquals(each.get("corrected").asDouble(), found.share(), TOLERANCE, what);
          assertEquals(
              each.get("delta_method_standard_error").asDouble(),
              found.standardError(),
              TOLERANCE,
              what);
          absolutely(each.get("interval_lang_reiczigel"), found.langReiczigel(), what);
          absolutely(each.get("interval_delta_method"), found.delta(), what);
          absolutely(each.get("interval_judge_known_exactly"), found.judgeKnown(), what);
        });
      }
    }
  }

  /** The tolerance of these fixtures' README. */
  private static void absolutely(JsonNode expected, Interval actual, String what) {
    assertEquals(expected.get(0).asDouble(), actual.low(), TOLERANCE, what);
    assertEquals(expected.get(1).asDouble(), actual.high(), TOLERANCE, what);
  }

  private static List<JsonNode> cases(String file, String property) throws IOException {
    List<JsonNode> cases = new ArrayList<>();
    for (JsonNode read : Fixtures.named(file, "cases")) {
      read.get("cases").valueStream().filter(each -> each.has(property)).forEach(cases::add);
    }
    assertTrue(!cases.isEmpty(), file);
    return cases;
  }

  private static Counts counts(JsonNode each, String successes, String trials) {
    return new Counts(each.get(successes).asLong(), each.get(trials).asLong());
  }
}
