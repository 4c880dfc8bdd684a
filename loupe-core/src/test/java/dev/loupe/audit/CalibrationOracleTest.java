package dev.loupe.audit;

import static dev.loupe.audit.AuditFixtures.LEVEL;
import static dev.loupe.audit.AuditFixtures.LOG_TOLERANCE;
import static dev.loupe.audit.AuditFixtures.cases;
import static dev.loupe.audit.AuditFixtures.near;
import static dev.loupe.audit.AuditFixtures.numbers;
import static dev.loupe.audit.AuditFixtures.truths;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.statistics.Forecasts;
import dev.loupe.statistics.Reliability;
import dev.loupe.statistics.Reliability.Binning;
import dev.loupe.statistics.RiskCoverage;
import java.io.IOException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Confidence beside truth. */
@Tag("oracle")
class CalibrationOracleTest {
  @Test
  void scoresOfForecasts() throws IOException {
    for (JsonNode each : cases("calibration.json", "cases")) {
      String what = each.get("name").asString() + " ";
      Forecasts forecasts = forecasts(each);
      near(each.get("accuracy"), forecasts.accuracy(), what);
      near(each.get("mean_confidence"), forecasts.meanConfidence(), what);
      near(each.get("brier"), forecasts.brier(), what + "Brier");
      near(each.get("brier_skill"), forecasts.brierSkill(), what + "skill");
      near(each.get("log_score"), forecasts.logScore(), LOG_TOLERANCE, what + "log score");
      near(each.get("auroc"), forecasts.auroc(), what + "AUROC");
      JsonNode murphy = each.get("murphy_distinct");
      near(murphy.get("reliability"), forecasts.murphy().reliability(), what + "reliability");
      near(murphy.get("resolution"), forecasts.murphy().resolution(), what + "resolution");
      near(murphy.get("uncertainty"), forecasts.murphy().uncertainty(), what + "uncertainty");
      assertEquals(forecasts.brier(), forecasts.murphy().brier(), AuditFixtures.TOLERANCE, what);
    }
  }

  @Test
  void bins() throws IOException {
    int seen = 0;
    for (JsonNode each : cases("calibration.json", "cases")) {
      for (String property : each.propertyNames()) {
        if (!property.matches("equal_.*_\\d+(_left_closed)?")) {
          continue;
        }
        seen++;
        Binning binning =
            property.startsWith("equal_mass")
                ? Binning.EQUAL_MASS
                : property.endsWith("closed")
                    ? Binning.EQUAL_WIDTH_LEFT_CLOSED
                    : Binning.EQUAL_WIDTH;
        int count = Integer.parseInt(property.replaceAll("\\D", ""));
        bins(
            each.get(property),
            Reliability.of(forecasts(each), binning, count, LEVEL),
            each.get("name").asString() + " " + property + " ");
      }
      near(
          each.get("ece_one_bin"),
          Reliability.of(forecasts(each), Binning.EQUAL_WIDTH, 1, LEVEL).expectedError(),
          "one bin");
    }
    assertTrue(seen > 0);
  }

  private static void bins(JsonNode expected, Reliability actual, String what) {
    near(expected.get("ece"), actual.expectedError(), what + "ECE");
    near(expected.get("mce"), actual.greatestError(), what + "MCE");
    near(expected.get("ace"), actual.averageError(), what + "ACE");
    near(expected.get("rms"), actual.rmsError(), what + "RMS");
    assertEquals(expected.get("bins_used").asInt(), actual.bins().size(), what);
    int at = 0;
    for (JsonNode row : expected.path("table")) {
      if (row.get("count").asInt() == 0) {
        continue;
      }
      Reliability.Bin bin = actual.bins().get(at++);
      assertEquals(row.get("bin").asInt(), bin.number(), what);
      assertEquals(row.get("count").asInt(), bin.count(), what);
      assertEquals(row.get("correct").asInt(), bin.right(), what);
      near(row.get("confidence"), bin.confidence(), what);
      near(row.get("accuracy"), bin.accuracy(), what);
      near(row.get("wilson"), bin.interval(), what);
    }
    JsonNode murphy = expected.path("murphy");
    if (murphy.isObject()) {
      near(murphy.get("reliability"), actual.murphy().reliability(), what);
      near(murphy.get("resolution"), actual.murphy().resolution(), what);
      near(murphy.get("uncertainty"), actual.murphy().uncertainty(), what);
      near(murphy.get("within_bin_variance"), actual.murphy().withinVariance(), what);
      near(murphy.get("within_bin_covariance"), actual.murphy().withinCovariance(), what);
    }
  }

  @Test
  void riskAndCoverage() throws IOException {
    for (JsonNode each : cases("calibration.json", "cases")) {
      String what = each.get("name").asString() + " ";
      JsonNode expected = each.get("risk_coverage");
      RiskCoverage actual = RiskCoverage.of(forecasts(each));
      near(expected.get("aurc"), actual.area(), what + "AURC");
      near(expected.get("aurc_optimal"), actual.optimalArea(), what + "optimal");
      near(expected.get("e_aurc"), actual.excessArea(), what + "E-AURC");
      near(expected.get("aurc_random"), actual.randomArea(), what + "random");
      near(expected.get("accuracy_at_10_percent"), actual.accuracyAt(0.1), what + "at 10%");
      near(expected.get("accuracy_at_50_percent"), actual.accuracyAt(0.5), what + "at 50%");
      near(expected.get("coverage_at_risk_5_percent"), actual.coverageAt(0.05), what + "5%");
      near(expected.get("coverage_at_risk_20_percent"), actual.coverageAt(0.2), what + "20%");
      assertEquals(expected.get("curve").size(), actual.points().size(), what);
      for (int i = 0; i < actual.points().size(); i++) {
        JsonNode point = expected.get("curve").get(i);
        near(point.get("threshold"), actual.points().get(i).threshold(), what);
        near(point.get("risk"), actual.points().get(i).risk(), what);
        near(point.get("coverage"), actual.points().get(i).coverage(), what);
        assertEquals(point.get("errors").asLong(), actual.points().get(i).errors(), what);
      }
    }
  }

  private static Forecasts forecasts(JsonNode each) {
    return new Forecasts(numbers(each.get("confidence")), truths(each.get("correct")));
  }
}
