package dev.loupe.audit;

import static dev.loupe.audit.AuditFixtures.LEVEL;
import static dev.loupe.audit.AuditFixtures.cases;
import static dev.loupe.audit.AuditFixtures.near;
import static dev.loupe.audit.AuditFixtures.number;
import static dev.loupe.audit.AuditFixtures.numbers;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.audit.ValidityBound.Prompt;
import dev.loupe.statistics.Counts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The terms of Kalai et al. 2025, counts of facts, judges and sampled answers. */
@Tag("oracle")
class BoundOracleTest {
  private static final double GAMMA = 0.01;

  @Test
  void theorem2() throws IOException {
    for (JsonNode each : cases("bounds.json", "theorem2")) {
      HallucinationBound bound = bound(each);
      terms(each, bound);
      long errors = each.get("min_errors").asLong();
      near(each.get("upper_bound_calibrated_99"), bound.upper(errors), "upper");
      near(each.get("upper_bound_calibrated_gamma"), bound.upperAtGamma(errors), "upper");
    }
    for (JsonNode each : cases("bounds.json", "arbitrary_facts")) {
      terms(each.get("bound"), bound(each.get("bound")));
      near(
          each.get("upper_bound_99"),
          bound(each.get("bound")).upper(each.get("answers_per_prompt").asLong() - 1),
          "upper");
    }
  }

  private static HallucinationBound bound(JsonNode each) {
    return new HallucinationBound(
        each.get("singleton_rate").asDouble(),
        each.get("min_errors").asLong(),
        each.get("N").asLong(),
        each.get("delta").asDouble(),
        each.get("gamma").asDouble());
  }

  private static void terms(JsonNode each, HallucinationBound bound) {
    near(each.get("term_errors"), bound.errorsTerm(), "errors");
    near(each.get("term_deviation_99"), bound.deviation(), "deviation");
    near(each.get("term_deviation_gamma"), bound.deviationAtGamma(), "deviation, gamma");
    near(each.get("lower_bound_99"), bound.lower(), "lower");
    near(each.get("lower_bound_gamma"), bound.lowerAtGamma(), "lower, gamma");
    near(each.get("lemma2_two_err_iiv_gamma"), bound.twiceValidityError(), "lemma 2");
    assertEquals(each.get("vacuous").asBoolean(), bound.isVacuous());
  }

  @Test
  void fromHowManyExamplesOn() throws IOException {
    for (JsonNode each : cases("bounds.json", "smallest_N")) {
      assertEquals(
          each.get("smallest_N_with_positive_bound_at_delta_0").asLong(),
          HallucinationBound.leastExamples(
              each.get("singleton_rate").asDouble(), each.get("min_errors").asLong()));
    }
  }

  @Test
  void theorem1OnKnownWorlds() throws IOException {
    for (JsonNode each : cases("bounds.json", "worlds")) {
      String what = each.get("name").asString() + " ";
      List<Prompt> prompts = new ArrayList<>();
      for (int i = 0; i < each.get("mu").size(); i++) {
        prompts.add(
            new Prompt(
                each.get("mu").get(i).asDouble(),
                texts(each.get("valid").get(i)),
                texts(each.get("errors").get(i)),
                shares(each.get("p").get(i)),
                shares(each.get("model").get(i))));
      }
      ValidityBound actual = ValidityBound.of(prompts);
      near(each.get("err"), actual.error(), what + "err");
      near(each.get("err_iiv"), actual.validityError(), what + "err_iiv");
      near(each.get("threshold"), actual.threshold(), what);
      near(each.get("term_valid"), actual.validTerm(), what);
      near(each.get("p_above"), actual.trainingAbove(), what);
      near(each.get("model_above"), actual.modelAbove(), what);
      near(each.get("delta"), actual.delta(), what + "delta");
      near(each.get("bound"), actual.bound(), what + "bound");
      assertTrue(actual.error() >= actual.bound() - AuditFixtures.TOLERANCE, what);
      if (each.has("theorem3_bound")) {
        near(each.get("theorem3_bound"), actual.singleAnswerBound().orElseThrow(), what + "third");
      }
    }
  }

  @Test
  void deltaFromSamplesAndDecryption() throws IOException {
    for (JsonNode each : cases("bounds.json", "delta_from_samples")) {
      HallucinationBound.Delta delta =
          HallucinationBound.delta(
              counts(each, "training_above", "training_samples"),
              counts(each, "generated_above", "generated_samples"),
              LEVEL);
      near(each.get("delta"), delta.delta(), "delta");
      near(each.get("signed"), delta.signed(), "signed");
      near(each.get("signed_newcombe"), delta.interval(), "Newcombe");
      near(each.get("delta_upper"), delta.upper(), "upper");
    }
    for (JsonNode each : cases("bounds.json", "observation2")) {
      near(
          each.get("bound"),
          HallucinationBound.decryption(
              each.get("beta").asDouble(),
              each.get("messages").asLong(),
              each.get("delta").asDouble()),
          "decryption");
    }
  }

  private static Counts counts(JsonNode each, String successes, String trials) {
    return new Counts(each.get(successes).asLong(), each.get(trials).asLong());
  }

  @Test
  void factCounts() throws IOException {
    for (JsonNode each : cases("corpus.json", "cases")) {
      List<Long> counts = new ArrayList<>();
      each.get("counts").forEach(count -> counts.add(count.asLong()));
      facts(
          each.get("result"),
          FactCounts.of(counts, each.get("idk").asLong()),
          each.get("name").asString());
    }
  }

  @Test
  void shardsMerge() throws IOException {
    for (Path file : AuditFixtures.files("corpus\\.json")) {
      JsonNode read = JsonMapper.shared().readTree(Files.readString(file)).path("labelled");
      for (Map.Entry<String, JsonNode> relation :
          read.path("by_relation_cumulative").properties()) {
        FactTally all = new FactTally();
        for (JsonNode expected : relation.getValue()) {
          FactTally shard = new FactTally();
          for (JsonNode fact : read.get("facts")) {
            if (fact.get("shard").asInt() == expected.get("through_shard").asInt()
                && fact.get("relation").asString().equals(relation.getKey())) {
              String value = fact.get("value").asString();
              if (value.equals("IDK")) {
                shard.addAbstention();
              } else {
                shard.add(fact.get("subject").asString(), value);
              }
            }
          }
          all.merge(shard);
          facts(expected, all.counts(), relation.getKey());
          assertEquals(
              texts(expected.get("singletons")), List.copyOf(new TreeSet<>(all.singletons())));
          assertEquals(
              texts(expected.get("subjects_with_more_than_one_value")),
              List.copyOf(new TreeSet<>(all.contradicted())));
        }
      }
    }
  }

  private static void facts(JsonNode expected, FactCounts actual, String what) {
    assertEquals(expected.get("examples").asLong(), actual.examples(), what);
    assertEquals(expected.get("prompts_answered").asLong(), actual.facts(), what);
    near(expected.get("singleton_rate"), actual.singletonRate(), what);
    near(expected.get("singleton_rate_wilson"), actual.singletonRateWilson(LEVEL), what);
    near(expected.get("singleton_share_of_distinct"), actual.singletonShareOfFacts(), what);
    near(
        expected.get("singleton_share_of_distinct_wilson"),
        actual.singletonShareWilson(LEVEL),
        what);
    near(expected.get("esty_standard_error"), actual.estyError(), what + " Esty");
    near(expected.get("esty_interval"), actual.estyInterval(LEVEL), what + " Esty");
    near(
        expected.get("lemma1_half_width_gamma_0.01"),
        HallucinationBound.massDeviation(actual.examples(), GAMMA),
        what);
    near(
        expected.get("corollary3_half_width_gamma_0.01"),
        HallucinationBound.goodTuringDeviation(actual.examples(), GAMMA),
        what);
    if (expected.has("chao1")) {
      near(expected.get("chao1"), actual.chao1(), what + " Chao1");
      near(expected.get("chao1_bias_corrected"), actual.chao1BiasCorrected(), what);
      near(expected.get("chao1_standard_error"), actual.chao1Error(), what + " Chao1 error");
      near(expected.get("chao1_interval"), actual.chao1Interval(LEVEL), what + " Chao1");
      near(expected.get("chao_jost_coverage"), actual.chaoJostCoverage(), what + " coverage");
    }
  }

  @Test
  void judges() throws IOException {
    for (JsonNode each : cases("judge.json", "prediction_powered")) {
      JudgedShare actual =
          JudgedShare.predictionPowered(
              numbers(each.get("labelled_truth")),
              numbers(each.get("labelled_judge")),
              numbers(each.get("unlabelled_judge")),
              LEVEL);
      near(each.get("estimate"), actual.share(), "share");
      near(each.get("standard_error"), actual.standardError(), "error");
      near(each.get("interval"), actual.interval(), "interval");
    }
    for (Path file : AuditFixtures.files("judge\\.json")) {
      JsonNode three = JsonMapper.shared().readTree(Files.readString(file)).path("three_grades");
      long[][] confusion = new long[3][];
      for (int i = 0; i < 3; i++) {
        confusion[i] = longs(three.get("confusion_truth_by_judge").get(i));
      }
      double[] actual =
          JudgedShare.threeGrades(confusion, longs(three.get("observed"))).orElseThrow();
      for (int i = 0; i < 3; i++) {
        near(three.get("corrected").get(i), actual[i], "grade " + i);
      }
    }
  }

  @Test
  void samplingAgreement() throws IOException {
    for (JsonNode each : cases("semantic.json", "cases")) {
      String what = each.get("name").asString() + " ";
      List<Integer> clusters = each.get("clusters").valueStream().map(JsonNode::asInt).toList();
      SamplingAgreement actual = SamplingAgreement.of(clusters);
      near(each.get("entropy_nats"), actual.entropy(), what);
      near(each.get("entropy_normalised"), actual.normalisedEntropy(), what);
      near(each.get("entropy_miller_madow"), actual.correctedEntropy(), what);
      near(each.get("pair_agreement"), actual.pairAgreement(), what);
      near(each.get("modal_share"), actual.mostFrequent() / (double) actual.samples(), what);
      assertEquals(
          each.get("modes").valueStream().map(JsonNode::asInt).toList(),
          List.copyOf(new TreeSet<>(actual.modes())),
          what);
      if (each.has("log_probabilities")) {
        weighted(each, "probability_weighted_all_samples", clusters, false);
        weighted(each, "probability_weighted_unique_texts", clusters, true);
      }
    }
  }

  private static void weighted(
      JsonNode each, String property, List<Integer> clusters, boolean unique) {
    List<SamplingAgreement.Sample> samples = new ArrayList<>();
    for (int i = 0; i < clusters.size(); i++) {
      samples.add(
          new SamplingAgreement.Sample(
              clusters.get(i),
              each.get("texts").get(i).asString(),
              each.get("log_probabilities").get(i).asDouble()));
    }
    SamplingAgreement.Weighted actual = SamplingAgreement.weighted(samples, unique);
    JsonNode expected = each.get(property);
    near(expected.get("entropy_farquhar"), actual.farquhar(), property);
    near(expected.get("entropy_kuhn_over_clusters"), actual.kuhn(), property);
    near(expected.get("entropy_monte_carlo_over_samples"), actual.monteCarlo(), property);
    assertEquals(expected.get("mass_above_one").asBoolean(), actual.exceedsOne(), property);
    Map<String, Double> mass = new TreeMap<>();
    actual.logMass().forEach((cluster, value) -> mass.put(String.valueOf(cluster), value));
    expected
        .get("cluster_log_mass")
        .properties()
        .forEach(entry -> near(entry.getValue(), mass.getOrDefault(entry.getKey(), 9.0), property));
  }

  private static long[] longs(JsonNode list) {
    return list.valueStream().mapToLong(JsonNode::asLong).toArray();
  }

  private static List<String> texts(JsonNode list) {
    return list.valueStream().map(JsonNode::asString).toList();
  }

  private static Map<String, Double> shares(JsonNode object) {
    Map<String, Double> shares = new HashMap<>();
    object.properties().forEach(entry -> shares.put(entry.getKey(), number(entry.getValue())));
    return shares;
  }
}
