package dev.loupe.cli.world;

import dev.loupe.cli.terminal.Style;
import dev.loupe.cli.terminal.Terminal;
import dev.loupe.examination.IntermediateHop;
import dev.loupe.examination.TraceExamination.Asked;
import dev.loupe.examination.TraceExamination.Result;
import dev.loupe.instrument.trace.RankingScore;
import dev.loupe.instrument.trace.RankingScore.Ranking;
import dev.loupe.statistics.Estimate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What {@code loupe world evaluate --instrument trace} prints and writes. */
public record TraceScores(Result result) {
  private static final JsonMapper MAPPER = JsonMapper.shared();

  /** How neurons are ranked, and how that is called in files and in words. */
  private record Order(String key, String words, Function<RankingScore, Ranking> ranking) {}

  private static final List<Order> ORDERS =
      List.of(
          new Order("influence", "the trace's influence", RankingScore::influence),
          new Order("predicted", "the frozen model's prediction", RankingScore::predicted),
          new Order("written", "norm of what it writes (baseline)", RankingScore::written));

  /** A way to find the bridge entity, and how often it finds others. */
  private record Way(
      String key,
      String words,
      Predicate<IntermediateHop> holds,
      ToDoubleFunction<IntermediateHop> chance) {}

  private static final List<Way> WAYS =
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

  List<String> lines(Terminal terminal) {
    List<String> lines = new ArrayList<>();
    lines.add(
        String.format(
            Locale.ROOT,
            "%,d two-hop questions, answered correctly; on average %,.0f neurons at positions, each"
                + " ablated in its own run, %,.0f of them listed by the trace",
            result.asked().size(),
            neurons(),
            result.mean(one -> one.ranking().listed()).value()));
    lines.add("");
    lines.add(
        terminal.styled(
            Style.DIM,
            String.format(
                Locale.ROOT,
                "%-36s %-23s %-23s %s",
                "NEURONS RANKED BY",
                "SPEARMAN, 95%",
                "OF THE TOP 10, 95%",
                "CHANGE CAPTURED, 95%")));
    for (Order order : ORDERS) {
      lines.add(
          String.format(
              Locale.ROOT,
              "%-36s %-23s %-23s %s",
              order.words(),
              interval(result.mean(order.ranking(), ranking -> ranking.spearman().value())),
              interval(result.mean(order.ranking(), Ranking::overlap)),
              interval(result.mean(order.ranking(), Ranking::captured))));
    }
    lines.add(
        String.format(
            Locale.ROOT,
            "%-36s %s",
            "the influence, among listed neurons",
            interval(result.mean(TraceScores::amongListed))));
    lines.add(String.format(Locale.ROOT, "%-36s %-23s %.3f", "chance", "0", chanceOverlap()));
    lines.add("");
    lines.add(
        terminal.styled(
            Style.DIM,
            String.format(
                Locale.ROOT,
                "%-24s %-10s %10s  %-23s %s",
                "BRIDGE ENTITY",
                "SPLIT",
                "FOUND",
                "SHARE, 95%",
                "CHANCE LEVEL")));
    splits()
        .forEach((split, part) -> {
          for (Way way : WAYS) {
            long found = part.asked().stream().map(Asked::hop).filter(way.holds()).count();
            lines.add(
                String.format(
                    Locale.ROOT,
                    "%-24s %-10s %4d / %-4d  %-23s %.3f",
                    way.words(),
                    split,
                    found,
                    part.asked().size(),
                    interval(part.share(way.holds())),
                    part.mean(one -> way.chance().applyAsDouble(one.hop())).value()));
          }
        });
    return lines;
  }

  private static double amongListed(Asked one) {
    double value = one.ranking().amongListed().value();
    return Double.isNaN(value) ? 0 : value;
  }

  private double neurons() {
    return result.mean(one -> one.ranking().neurons()).value();
  }

  /** Places that two random choices of ten share on average. */
  private double chanceOverlap() {
    return result
        .mean(one -> (double) RankingScore.TOP * RankingScore.TOP / one.ranking().neurons())
        .value();
  }

  private Map<String, Result> splits() {
    Map<String, Result> splits = new LinkedHashMap<>();
    splits.put("all", result);
    splits.put("trained", result.where(one -> !one.heldOut()));
    splits.put("held-out", result.where(Asked::heldOut));
    splits.values().removeIf(part -> part.asked().isEmpty());
    return splits;
  }

  private static String interval(Estimate estimate) {
    return estimate.hasInterval()
        ? String.format(
            Locale.ROOT, "%.3f [%.3f, %.3f]", estimate.value(), estimate.low(), estimate.high())
        : String.format(Locale.ROOT, "%.3f", estimate.value());
  }

  /** The same figures and each question's own, schema {@code loupe.trace-examination/1}. */
  String json(String model, long world, double scale, long seed) {
    ObjectNode root = MAPPER.createObjectNode().put("schema", "loupe.trace-examination/1");
    root.put("model", model);
    root.putObject("world").put("seed", world).put("scale", scale);
    root.put("seed", seed).put("neurons", neurons()).put("chanceOverlap", chanceOverlap());
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
    return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(root);
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
