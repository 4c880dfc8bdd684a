package dev.loupe.examination;

import dev.loupe.examination.TraceExamination.Asked;
import dev.loupe.examination.TraceExamination.Result;
import dev.loupe.instrument.trace.RankingScore;
import dev.loupe.instrument.trace.RankingScore.Ranking;
import dev.loupe.report.ReportJson;
import dev.loupe.statistics.Estimate;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * How the trace compares with ground truth, schema {@code loupe.trace-examination/1}.
 *
 * @param model its name
 * @param world seed of the world
 * @param scale of the world
 * @param seed of the choice of questions
 * @param result the ranking of neurons and the bridge entity; no question of a dictionary's trace
 * @param sets what sets of units do, if that was measured
 */
public record TraceScores(
    String model, long world, double scale, long seed, Result result, Optional<SetScores> sets)
    implements ExaminationReport {
  /** How neurons are ranked, and how that is called in files and in words. */
  public record Order(String key, String words, Function<RankingScore, Ranking> ranking) {}

  /** All of them, the baseline last. */
  public static final List<Order> ORDERS =
      List.of(
          new Order("influence", "the trace's influence", RankingScore::influence),
          new Order("predicted", "the frozen model's prediction", RankingScore::predicted),
          new Order("written", "norm of what it writes (baseline)", RankingScore::written));

  /** A way to find the bridge entity, and how often it finds others. */
  public record Way(
      String key,
      String words,
      Predicate<IntermediateHop> holds,
      ToDoubleFunction<IntermediateHop> chance) {}

  /** All of them. */
  public static final List<Way> WAYS =
      List.of(
          new Way(
              "promoted",
              "promoted by a neuron",
              IntermediateHop::promoted,
              IntermediateHop::chancePromoted),
          new Way(
              "spelt",
              "decoded by logit lens",
              IntermediateHop::spelt,
              IntermediateHop::chanceSpelt),
          new Way("found", "either", IntermediateHop::found, IntermediateHop::chanceFound));

  /** The influence's rank correlation among the listed; one that orders nothing counts as 0. */
  public static double amongListed(Asked one) {
    double value = one.ranking().amongListed().value();
    return Double.isNaN(value) ? 0 : value;
  }

  /** Neurons at positions, on average. */
  public double neurons() {
    return result.mean(one -> one.ranking().neurons()).value();
  }

  /** Places that two random choices of ten share on average. */
  public double chanceOverlap() {
    return result
        .mean(one -> (double) RankingScore.TOP * RankingScore.TOP / one.ranking().neurons())
        .value();
  }

  /** All questions, and those of either split. */
  public Map<String, Result> splits() {
    Map<String, Result> splits = new LinkedHashMap<>();
    splits.put("all", result);
    splits.put("trained", result.where(one -> !one.heldOut()));
    splits.put("held-out", result.where(Asked::heldOut));
    splits.values().removeIf(part -> part.asked().isEmpty());
    return splits;
  }

  /** The same figures and each question's own. */
  @Override
  public void writeProperties(JsonGenerator json) {
    ReportJson.properties(json, tree());
    sets.ifPresent(scores -> ReportJson.properties(json, Map.of("sets", scores)));
  }

  private ObjectNode tree() {
    ObjectNode root = JsonMapper.shared().createObjectNode();
    root.put("model", model);
    root.putObject("world").put("seed", world).put("scale", scale);
    root.put("seed", seed);
    if (result.asked().isEmpty()) {
      return root;
    }
    root.put("neurons", neurons()).put("chanceOverlap", chanceOverlap());
    ObjectNode rankings = root.putObject("rankings");
    for (Order order : ORDERS) {
      ObjectNode one = rankings.putObject(order.key());
      put(one, "spearman", result.mean(order.ranking(), ranking -> ranking.spearman().value()));
      put(one, "overlap", result.mean(order.ranking(), Ranking::overlap));
      put(one, "captured", result.mean(order.ranking(), Ranking::captured));
    }
    put(root, "spearmanAmongListed", result.mean(TraceScores::amongListed));
    ObjectNode between = root.putObject("between");
    splits()
        .forEach((split, part) -> {
          ObjectNode ways = between.putObject(split).put("questions", part.asked().size());
          for (Way way : WAYS) {
            ObjectNode one = ways.putObject(way.key());
            put(one, "share", part.share(way.holds()));
            one.put("chance", part.mean(asked -> way.chance().applyAsDouble(asked.hop())).value());
          }
        });
    ArrayNode questions = root.putArray("questions");
    result.asked().forEach(asked -> question(questions.addObject(), asked));
    return root;
  }

  private static void question(ObjectNode json, Asked asked) {
    json.put("id", asked.question().id()).put("heldOut", asked.heldOut());
    json.put("between", asked.hop().entity());
    json.put("promoted", asked.hop().promoted()).put("spelt", asked.hop().spelt());
    json.put("neurons", asked.ranking().neurons()).put("listed", asked.ranking().listed());
    put(json, "spearmanAmongListed", asked.ranking().amongListed());
    for (Order order : ORDERS) {
      Ranking ranking = order.ranking().apply(asked.ranking());
      ObjectNode one = json.putObject(order.key());
      put(one, "spearman", ranking.spearman());
      one.put("overlap", ranking.overlap()).put("captured", ranking.captured());
    }
  }

  private static void put(ObjectNode json, String key, Estimate estimate) {
    ObjectNode one = json.putObject(key);
    if (!Double.isNaN(estimate.value())) {
      one.put("value", estimate.value());
    }
    if (estimate.hasInterval()) {
      one.put("low", estimate.low()).put("high", estimate.high());
    }
  }
}
