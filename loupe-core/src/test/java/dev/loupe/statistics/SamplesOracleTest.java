package dev.loupe.statistics;

import static dev.loupe.statistics.Fixtures.near;
import static dev.loupe.statistics.Fixtures.number;
import static dev.loupe.statistics.Fixtures.numbers;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Arrays;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Clusters, resampling and planning. */
@Tag("oracle")
class SamplesOracleTest {
  private static final double TOLERANCE = 1e-9;

  @Test
  void clusters() throws IOException {
    for (JsonNode file : Fixtures.named("cluster.json", "cases")) {
      for (JsonNode each : file.get("cases")) {
        double[] scores = numbers(each.get("scores"));
        int[] cluster = each.get("cluster").valueStream().mapToInt(JsonNode::asInt).toArray();
        double level = each.get("level").asDouble();
        String what = each.get("name").asString();
        JsonNode expected = each.get("result");
        ClusteredMean actual = ClusteredMean.of(scores, cluster);
        assertEquals(expected.get("n").asInt(), actual.scores(), what);
        assertEquals(expected.get("clusters").asInt(), actual.clusters(), what);
        near(number(expected.get("mean")), actual.mean(), TOLERANCE, what);
        near(number(expected.get("se_clt")), actual.independentError(), TOLERANCE, what);
        near(number(expected.get("se_bernoulli")), actual.bernoulliError(), TOLERANCE, what);
        near(
            number(expected.get("se_clustered_miller_equation4")),
            actual.equation4Error(),
            TOLERANCE,
            what + " eq. 4");
        near(
            number(expected.get("se_clustered_miller_appendix_a")),
            actual.clusterError(),
            TOLERANCE,
            what);
        near(
            number(expected.get("se_clustered_corrected")),
            actual.correctedError(),
            TOLERANCE,
            what);
        near(
            number(expected.get("design_effect_corrected")),
            actual.designEffect(),
            TOLERANCE,
            what);
        near(number(expected.get("effective_n")), actual.effectiveScores(), TOLERANCE, what);
        if (expected.has("interval_t")) {
          near(expected.get("interval_t"), actual.interval(level), TOLERANCE, what);
          near(expected.get("interval_z"), actual.normalInterval(level), TOLERANCE, what);
        }
        if (each.has("difference")) {
          difference(each, scores, cluster, what);
        }
      }
    }
  }

  private static void difference(JsonNode each, double[] scores, int[] cluster, String what) {
    double[] second = numbers(each.get("scores_second"));
    double[] apart = new double[scores.length];
    Arrays.setAll(apart, i -> scores[i] - second[i]);
    ClusteredMean actual = ClusteredMean.of(apart, cluster);
    JsonNode expected = each.get("difference");
    near(number(expected.get("estimate")), actual.mean(), TOLERANCE, what);
    near(number(expected.get("se_paired")), actual.independentError(), TOLERANCE, what);
    near(
        number(expected.get("se_unpaired")),
        Math.hypot(
            ClusteredMean.of(scores, cluster).independentError(),
            ClusteredMean.of(second, cluster).independentError()),
        TOLERANCE,
        what);
    near(
        number(expected.get("se_paired_clustered_miller")), actual.clusterError(), TOLERANCE, what);
    near(
        number(expected.get("se_paired_clustered_corrected")),
        actual.correctedError(),
        TOLERANCE,
        what);
  }

  @Test
  void bootstrap() throws IOException {
    for (JsonNode file : Fixtures.named("bootstrap.json", "cases")) {
      for (JsonNode each : file.get("cases")) {
        double level = each.get("level").asDouble();
        String what = each.get("name").asString();
        JsonNode groups = each.has("clusters") ? each.get("clusters") : each.get("data");
        double[][] items =
            groups
                .valueStream()
                .map(item -> item.isArray() ? numbers(item) : new double[] {number(item)})
                .toArray(double[][]::new);
        ToDoubleFunction<int[]> mean =
            drawn ->
                Arrays.stream(drawn).mapToDouble(i -> Arrays.stream(items[i]).sum()).sum()
                    / Arrays.stream(drawn).map(i -> items[i].length).sum();
        double[] resampled =
            each.get("indices")
                .valueStream()
                .map(row -> row.valueStream().mapToInt(JsonNode::asInt).toArray())
                .mapToDouble(mean)
                .toArray();
        double estimate = each.get("estimate").asDouble();
        near(each.get("percentile"), Bootstrap.percentile(resampled, level), TOLERANCE, what);
        near(
            number(each.get("standard_error")),
            Bootstrap.standardError(resampled),
            TOLERANCE,
            what);
        double[] jackknife = Bootstrap.jackknife(items.length, mean);
        Bootstrap.Bca bca = Bootstrap.bca(estimate, resampled, jackknife, level);
        near(each.get("bca"), bca.interval(), TOLERANCE, what + " BCa");
        near(number(each.get("bias_z0")), bca.bias(), TOLERANCE, what);
        near(number(each.get("acceleration")), bca.acceleration(), TOLERANCE, what);
      }
    }
  }

  @Test
  void planning() throws IOException {
    for (JsonNode file : Fixtures.named("planning.json", "width")) {
      for (JsonNode each : file.get("width")) {
        double p = each.get("p").asDouble();
        double width = each.get("full_width").asDouble();
        double level = each.get("level").asDouble();
        double wald = Planning.trialsForWaldWidth(p, width, level);
        near(number(each.get("n_normal")), wald, TOLERANCE, each.toString());
        assertEquals(
            each.get("n_wilson").asLong(),
            Planning.trialsForWidth(p, width, level),
            each.toString());
        assertEquals(
            each.get("n_wilson_any_result").asLong(),
            Planning.trialsForWidthWhateverComesOut(width, level),
            each.toString());
      }
      for (JsonNode each : file.get("power_two")) {
        double p1 = each.get("p1").asDouble();
        double p2 = each.get("p2").asDouble();
        double n1 = each.get("n1").asDouble();
        double n2 = each.get("n2").asDouble();
        double alpha = each.get("alpha").asDouble();
        double power = Planning.power(p1, p2, n1, n2, alpha);
        near(number(each.get("power_normal")), power, TOLERANCE, each.toString());
        if (each.has("power_exact_of_pooled_z_test")) {
          double exact = Planning.exactPower(p1, p2, (int) n1, (int) n2, alpha).orElseThrow();
          near(number(each.get("power_exact_of_pooled_z_test")), exact, TOLERANCE, each.toString());
        }
      }
      for (JsonNode each : file.get("n_two")) {
        double n =
            Planning.trialsPerGroup(
                each.get("p1").asDouble(),
                each.get("p2").asDouble(),
                each.get("power").asDouble(),
                each.get("alpha").asDouble());
        near(number(each.get("n_per_group")), n, TOLERANCE, each.toString());
      }
      for (JsonNode each : file.get("paired")) {
        double n =
            Planning.pairedItems(
                each.get("discordant_share").asDouble(),
                each.get("difference").asDouble(),
                each.get("power").asDouble(),
                each.get("alpha").asDouble());
        near(number(each.get("n_pairs")), n, TOLERANCE, each.toString());
      }
      assertTrue(!file.get("miller").isEmpty());
      for (JsonNode each : file.get("miller")) {
        Planning.Variances variances =
            new Planning.Variances(
                each.get("omega2").asDouble(),
                each.get("sigma_a2").asDouble(),
                each.get("sigma_b2").asDouble(),
                each.get("k_a").asInt(),
                each.get("k_b").asInt());
        double power = 1 - each.get("beta").asDouble();
        double alpha = each.get("alpha").asDouble();
        double n = Planning.items(variances, each.get("effect").asDouble(), power, alpha);
        double least = Planning.leastEffect(variances, each.get("n").asDouble(), power, alpha);
        near(number(each.get("n_for_effect")), n, TOLERANCE, each.toString());
        near(number(each.get("minimum_detectable_effect")), least, TOLERANCE, each.toString());
      }
    }
  }
}
