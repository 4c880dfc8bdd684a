package dev.loupe.instrument.explain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.OracleFiles;
import dev.loupe.RealModel;
import dev.loupe.instrument.explain.ContrastSearch.Pick;
import dev.loupe.instrument.explain.ContrastSearch.Result;
import dev.loupe.instrument.explain.ContrastSearch.Visit;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.model.load.LoadOptions;
import dev.loupe.model.text.LocalText;
import dev.loupe.model.text.Prompt;
import dev.loupe.model.text.TextModel.Continuation;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Both searches against traces of another implementation. */
@Tag("oracle")
class ContrastOracleTest {
  /** Of a sum of log-probabilities; the toys' scores are exact. */
  private static final double SCORE = 1e-3;

  private static List<Integer> ints(JsonNode list) {
    return IntStream.range(0, list.size()).mapToObj(i -> list.get(i).intValue()).toList();
  }

  private static List<String> words(JsonNode list) {
    return IntStream.range(0, list.size()).mapToObj(i -> list.get(i).asString()).toList();
  }

  /** The reference's draws: a partial shuffle by a linear congruential generator. */
  private static Pick congruential() {
    long[] state = {1};
    return (size, count) -> {
      List<Integer> places = new ArrayList<>(IntStream.range(0, size).boxed().toList());
      for (int j = 0; j < count; j++) {
        state[0] = (1103515245L * state[0] + 12345) % (1L << 31);
        int r = j + (int) ((state[0] >> 8) % (size - j));
        Integer kept = places.get(j);
        places.set(j, places.get(r));
        places.set(r, kept);
      }
      return places.subList(0, count);
    };
  }

  private static Pick first() {
    return (_, count) -> IntStream.range(0, count).boxed().toList();
  }

  private static ContrastSearch search(
      JsonNode problem, JsonNode settings, ContrastSearch.Score score) {
    JsonNode table = problem.path("table");
    return new ContrastSearch(
        words(problem.path("words")),
        (words, place, _) -> table.path(words.get(place)).asString(),
        score,
        settings.path("threshold").doubleValue());
  }

  private static void same(
      JsonNode problem, JsonNode settings, ContrastSearch.Score score, double tolerance) {
    String id = problem.path("id").asString();
    Result greedy = search(problem, settings, score).greedy(Integer.MAX_VALUE);
    JsonNode mcell = settings.path("mcell");
    trace(mcell, greedy, tolerance, id + " mcell");
    assertEquals(ints(mcell.path("mask_order")), greedy.path().getLast().changed());
    assertEquals(words(mcell.path("final_words")), greedy.path().getLast().words());
    int budget = settings.path("budget").intValue();
    for (String name : List.of("cell_first", "cell_lcg")) {
      JsonNode cell = settings.path(name);
      Result planned =
          search(problem, settings, score)
              .planned(
                  budget,
                  settings.path("radius").intValue(),
                  settings.path("alpha").doubleValue(),
                  name.equals("cell_lcg") ? congruential() : first());
      trace(cell, planned, tolerance, id + " " + name);
      assertEquals(cell.path("q").intValue(), ContrastSearch.plan(budget));
      assertEquals(ints(cell.path("best").path("changed")), planned.best().changed(), id + name);
      assertEquals(words(cell.path("best").path("words")), planned.best().words());
    }
  }

  private static void trace(JsonNode expected, Result result, double tolerance, String what) {
    JsonNode trace = expected.path("trace");
    assertEquals(expected.path("calls").intValue(), result.visits().size(), what);
    assertEquals(expected.path("stop").asString(), result.stop(), what);
    assertEquals(trace.size(), result.visits().size(), what);
    for (int i = 0; i < trace.size(); i++) {
      JsonNode one = trace.get(i);
      Visit visit = result.visits().get(i);
      assertEquals(ints(one.path("changed")), visit.changed(), what + " visit " + i);
      assertEquals(one.path("score").doubleValue(), visit.score(), tolerance, what + " " + i);
      if (one.has("kind")) {
        assertEquals(
            one.path("kind").asString(), visit.kind().name().toLowerCase(Locale.ROOT), what);
        assertEquals(one.path("inner").intValue(), visit.step(), what);
        assertEquals(one.path("outer").intValue(), visit.round(), what);
      }
    }
  }

  @Test
  void tracesOfTheTableProblemsAreThoseOfTheReference() {
    JsonNode toys = OracleFiles.json("prompt/contrastive.json").path("toys");
    assertTrue(toys.size() >= 3);
    for (JsonNode toy : toys) {
      ContrastSearch.Score score =
          (_, changed) -> {
            Set<Integer> set = new HashSet<>(changed);
            double sum =
                set.stream().mapToDouble(i -> toy.path("weights").get(i).doubleValue()).sum();
            for (JsonNode pair : toy.path("pairs")) {
              boolean both =
                  set.contains(pair.get(0).intValue()) && set.contains(pair.get(1).intValue());
              sum += both ? pair.get(2).doubleValue() : 0;
            }
            return sum;
          };
      for (String level : List.of("low_threshold", "high_threshold")) {
        same(toy, toy.path(level), score, 0);
      }
    }
  }

  @Test
  void tracesOnTheRealModelAreThoseOfTheReference() {
    JsonNode problems = OracleFiles.json("prompt/contrastive.json").path("model");
    try (LanguageModel model = LanguageModel.open(RealModel.path(), LoadOptions.DEFAULT)) {
      LocalText text = new LocalText(model);
      for (JsonNode problem : problems) {
        Map<String, Double> known = new HashMap<>();
        double base = problem.path("base_sum_logprob").doubleValue();
        ContrastSearch.Score score =
            (words, _) ->
                base
                    - known.computeIfAbsent(
                        String.join(" ", words),
                        prompt ->
                            text.score(
                                    List.of(
                                        new Continuation(
                                            Prompt.of(prompt), problem.path("target").asString())),
                                    _ -> {})
                                .getFirst()
                                .sum());
        same(problem, problem.path("budget_40"), score, SCORE);
      }
    }
  }
}
