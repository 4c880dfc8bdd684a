package dev.loupe.statistics;

import static dev.loupe.statistics.Fixtures.near;
import static dev.loupe.statistics.Fixtures.number;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

@Tag("oracle")
class ProportionOracleTest {
  private static final Map<String, ProportionInterval> METHODS =
      Map.of(
          "wilson", ProportionInterval.WILSON,
          "wilson_continuity", ProportionInterval.WILSON_CONTINUITY,
          "clopper_pearson", ProportionInterval.CLOPPER_PEARSON,
          "jeffreys", ProportionInterval.JEFFREYS_EQUAL_TAILS,
          "jeffreys_boundary", ProportionInterval.JEFFREYS,
          "agresti_coull", ProportionInterval.AGRESTI_COULL,
          "wald", ProportionInterval.WALD);

  @Test
  void intervalsOfOneProportion() throws IOException {
    int compared = 0;
    for (JsonNode file : Fixtures.named("proportion.json", "cases")) {
      for (JsonNode each : file.get("cases")) {
        Counts counts = new Counts(each.get("x").asLong(), each.get("n").asLong());
        double level = each.get("level").asDouble();
        double tolerance = level >= 1 - 1e-6 - 1e-12 ? 1e-7 : 1e-9;
        String what = counts + " at " + level + " ";
        for (var method : METHODS.entrySet()) {
          JsonNode expected = each.get(method.getKey());
          if (expected != null) {
            Interval actual = method.getValue().of(counts, level);
            near(expected, actual, tolerance, what + method.getKey());
            compared++;
            if (expected.get(0).asDouble() == 0) {
              assertEquals(0, actual.low(), what + method.getKey());
            }
            if (expected.get(1).asDouble() == 1) {
              assertEquals(1, actual.high(), what + method.getKey());
            }
          }
        }
        near(
            each.get("agresti_coull_raw"),
            ProportionInterval.AGRESTI_COULL.uncut(counts, level),
            tolerance,
            what);
        Interval wald = ProportionInterval.WALD.uncut(counts, level);
        near(each.get("wald_raw"), wald, tolerance, what);
        assertEquals(
            each.get("wald_leaves_unit_interval").asBoolean(),
            ProportionInterval.WALD.leavesUnitInterval(counts, level),
            what);
        assertEquals(each.get("wald_zero_width").asBoolean(), wald.width() == 0, what);
        if (each.has("one_sided_exact_limit")) {
          double limit =
              counts.successes() == 0
                  ? Proportion.exactUpperLimit(counts, level)
                  : Proportion.exactLowerLimit(counts, level);
          near(number(each.get("one_sided_exact_limit")), limit, tolerance, what + "one-sided");
        }
      }
    }
    assertTrue(compared > 0);
  }

  @Test
  void coverage() throws IOException {
    int compared = 0;
    for (JsonNode file : Fixtures.named("coverage.json", "rows")) {
      for (JsonNode row : file.get("rows")) {
        for (var method : METHODS.entrySet()) {
          JsonNode expected = row.get(method.getKey());
          if (expected == null) {
            continue;
          }
          int n = row.get("n").asInt();
          double p = row.get("p").asDouble();
          Coverage actual = Coverage.of(method.getValue(), n, p, row.get("level").asDouble());
          String what = method.getKey() + " " + n + " " + p;
          near(number(expected.get("coverage")), actual.coverage(), 1e-9, what);
          near(number(expected.get("mean_width")), actual.meanWidth(), 1e-9, what);
          if (expected.has("probability_outside_unit_interval")) {
            near(
                number(expected.get("probability_outside_unit_interval")),
                actual.leavesUnitInterval(),
                1e-9,
                what);
          }
          if (expected.has("probability_zero_width")) {
            near(number(expected.get("probability_zero_width")), actual.noWidth(), 1e-9, what);
          }
          compared++;
        }
      }
    }
    assertTrue(compared > 0);
  }
}
