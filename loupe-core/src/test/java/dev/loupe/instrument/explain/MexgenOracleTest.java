package dev.loupe.instrument.explain;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.OracleFiles;
import dev.loupe.RealModel;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.model.load.LoadOptions;
import dev.loupe.model.text.LocalText;
import dev.loupe.model.text.Prompt;
import dev.loupe.model.text.TextModel.Continuation;
import dev.loupe.model.text.TextScore;
import dev.loupe.tokenizer.Message;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/** MExGen against values computed with the formulas of the ICX360 toolkit. */
@Tag("oracle")
class MexgenOracleTest {
  /** Of a log-probability, as the fixtures' README states. */
  private static final double SCORE = 1e-4;

  /** Of a φ: the methods read the stored scores, so only float64 arithmetic lies between. */
  private static final double PHI = 1e-9;

  private static final List<String> LEVELS =
      List.of("sentence_level", "phrase_level", "word_level");

  static Stream<JsonNode> prompts() {
    List<JsonNode> all = new ArrayList<>();
    for (JsonNode each : OracleFiles.json("prompt/mexgen.json").path("prompts")) {
      all.add(each);
    }
    assertTrue(!all.isEmpty());
    return all.stream();
  }

  /** The stored game of a level: per set the value divided by the target's tokens. */
  private static Game game(JsonNode prompt, String level) {
    Map<Removed, double[]> values = new HashMap<>();
    int tokens = prompt.path("target_ids").size();
    int players;
    if (level.equals("sentence_level")) {
      players = prompt.path("units").size();
      JsonNode sums = prompt.path("sum_logprob_by_removed_mask");
      for (int mask = 0; mask < sums.size(); mask++) {
        values.put(Removed.mask(mask), new double[] {sums.get(mask).doubleValue() / tokens});
      }
    } else {
      players = prompt.path(level).path("players").size();
      for (JsonNode scored : prompt.path(level).path("scored_sets")) {
        values.put(
            removed(scored.path("removed")),
            new double[] {scored.path("sum_logprob").doubleValue() / tokens});
      }
    }
    return new Game(
        players,
        sets ->
            sets.stream()
                .map(set ->
                    Optional.ofNullable(values.get(set))
                        .orElseThrow(() -> new AssertionError("not scored: " + set)))
                .toList());
  }

  private static Removed removed(JsonNode list) {
    return new Removed(
        IntStream.range(0, list.size()).mapToObj(i -> list.get(i).intValue()).toList());
  }

  private static double[] doubles(JsonNode list) {
    return IntStream.range(0, list.size()).mapToDouble(i -> list.get(i).doubleValue()).toArray();
  }

  private static double[] first(double[][] phi) {
    return Stream.of(phi).mapToDouble(row -> row[0]).toArray();
  }

  private static void same(JsonNode expected, double[][] phi, String what) {
    assertArrayEquals(doubles(expected), first(phi), PHI, what);
  }

  @ParameterizedTest
  @MethodSource("prompts")
  void shapleyValuesAndTheirLocalFormsAreThoseOfTheReference(JsonNode prompt) {
    int compared = 0;
    for (String level : LEVELS) {
      Game game = game(prompt, level);
      int n = game.players();
      JsonNode stored = prompt.path(level);
      Map<String, ShapleyValues> methods = new HashMap<>();
      if (level.equals("sentence_level")) {
        methods.put("shapley", ShapleyValues.exact(n));
      }
      methods.put("lshap_radius1", ShapleyValues.local(n, 1));
      methods.put("lshap_radius2", ShapleyValues.local(n, 2));
      methods.put("lshap_icx_radius1_max2", ShapleyValues.truncated(n, 1, 2));
      methods.put("lshap_icx_radius2_max2", ShapleyValues.truncated(n, 2, 2));
      for (Map.Entry<String, ShapleyValues> method : methods.entrySet()) {
        if (stored.has(method.getKey())) {
          same(stored.path(method.getKey()), method.getValue().of(game), level + method.getKey());
          compared++;
        }
      }
    }
    assertEquals(5 + 3 + 2, compared);
  }

  @ParameterizedTest
  @MethodSource("prompts")
  void limeFitsAreThoseOfTheReference(JsonNode prompt) {
    for (String level : LEVELS) {
      Game game = game(prompt, level);
      JsonNode stored = prompt.path(level).path("clime");
      LocalLime lime = LocalLime.of(game.players(), 10, 0);
      assertArrayEquals(doubles(stored.path("weights")), lime.weights(), PHI, level);
      for (int i = 0; i < lime.sets().size(); i++) {
        assertEquals(removed(stored.path("removed_sets").get(i)), lime.sets().get(i));
      }
      fit(stored.path("dense"), lime.dense(game, 0), level);
      for (String variant : stored.propertyNames()) {
        JsonNode expected = stored.path(variant);
        if (variant.startsWith("ridge_")) {
          fit(expected, lime.dense(game, expected.path("lambda").doubleValue()), variant);
        } else if (variant.startsWith("sparse_")) {
          int steps = expected.path("nonzeros").intValue();
          fit(expected, lime.sparse(game, steps, variant.endsWith("debiased")), variant);
        }
      }
    }
    Game sentences = game(prompt, "sentence_level");
    LocalLime all = LocalLime.allSubsets(sentences.players());
    JsonNode stored = prompt.path("sentence_level").path("lime_all_subsets");
    assertArrayEquals(doubles(stored.path("weights_by_mask")), all.weights(), PHI);
    fit(stored, all.dense(sentences, 0), "lime_all_subsets");
  }

  @ParameterizedTest
  @MethodSource("prompts")
  void aFitToGivenSetsIsThatOfTheReference(JsonNode prompt) {
    JsonNode stored = prompt.path("word_level").path("clime_sampled");
    Game game = game(prompt, "word_level");
    List<Removed> sets = new ArrayList<>();
    stored.path("removed_sets").forEach(set -> sets.add(removed(set)));
    LocalLime lime = new LocalLime(game.players(), sets, doubles(stored.path("weights")));
    fit(stored.path("dense"), lime.dense(game, 0), "sampled");
    LocalLime own = LocalLime.of(game.players(), 3, 7);
    assertEquals(sets.size(), own.sets().size(), "as many sets");
    assertArrayEquals(lime.weights(), own.weights(), PHI, "with these weights");
  }

  private static void fit(JsonNode expected, LocalLime.Fitted fitted, String what) {
    same(expected.path("phi"), fitted.phi(), what);
    assertEquals(expected.path("intercept").doubleValue(), fitted.intercept(), PHI, what);
  }

  @ParameterizedTest
  @MethodSource("prompts")
  void perturbationCurvesAreThoseOfTheReference(JsonNode prompt) {
    for (String level : LEVELS) {
      Game game = game(prompt, level);
      JsonNode curves = prompt.path(level).path("curves");
      for (String method : curves.propertyNames()) {
        JsonNode expected = curves.path(method);
        JsonNode phi =
            method.equals("clime_dense")
                ? prompt.path(level).path("clime").path("dense").path("phi")
                : prompt.path(level).path(method);
        Curve curve = Curve.of(game, Curve.falling(doubles(phi)));
        assertEquals(removed(expected.path("order")).players().size(), curve.order().size());
        for (int i = 0; i < curve.order().size(); i++) {
          assertEquals(expected.path("order").get(i).intValue(), curve.order().get(i), method);
        }
        assertArrayEquals(
            doubles(expected.path("mean_logprob")),
            curve.values().stream().mapToDouble(Double::doubleValue).toArray(),
            PHI);
        assertEquals(expected.path("deletion_auc").doubleValue(), curve.deletionArea(), PHI);
        assertEquals(expected.path("aupc_full").doubleValue(), curve.dropArea(), PHI);
        assertEquals(expected.path("half_units").intValue(), curve.half());
        assertEquals(expected.path("aupc_half_normalised").doubleValue(), curve.halfDrop(), PHI);
      }
    }
  }

  /** All sentence sets, and of the finer levels every forty-first. */
  @Test
  void scoresOfTheRealModelAreThoseOfTheReference() {
    List<JsonNode> prompts = prompts().toList();
    try (LanguageModel model = LanguageModel.open(RealModel.path(), LoadOptions.DEFAULT)) {
      for (JsonNode prompt : prompts) {
        LocalText text = new LocalText(model);
        List<Continuation> asked = new ArrayList<>();
        List<Double> expected = new ArrayList<>();
        JsonNode sums = prompt.path("sum_logprob_by_removed_mask");
        UnitText sentences =
            units(prompt.path("units"), IntStream.range(0, prompt.path("units").size()).toArray());
        for (int mask = 0; mask < sums.size(); mask++) {
          asked.add(continuation(prompt, sentences.without(Removed.mask(mask))));
          expected.add(sums.get(mask).doubleValue());
        }
        for (String level : LEVELS.subList(1, 3)) {
          JsonNode at = prompt.path(level);
          UnitText finer =
              units(
                  at.path("units"),
                  IntStream.range(0, at.path("players").size())
                      .map(i -> at.path("players").get(i).intValue())
                      .toArray());
          for (int i = 0; i < at.path("scored_sets").size(); i += 41) {
            JsonNode scored = at.path("scored_sets").get(i);
            asked.add(continuation(prompt, finer.without(removed(scored.path("removed")))));
            expected.add(scored.path("sum_logprob").doubleValue());
          }
        }
        List<TextScore> scores = text.score(asked, _ -> {});
        assertEquals(
            prompt.path("full_prompt").asString(), text.rendered(asked.getFirst().prompt()).text());
        assertArrayEquals(
            doubles(prompt.path("target_token_logprobs_full")),
            scores.getFirst().logProbabilities().stream().mapToDouble(v -> v).toArray(),
            SCORE);
        for (int i = 0; i < asked.size(); i++) {
          assertEquals(expected.get(i), scores.get(i).sum(), SCORE, prompt.path("id") + " " + i);
        }
      }
    }
  }

  private static UnitText units(JsonNode units, int... players) {
    StringBuilder text = new StringBuilder("Context: ");
    List<Unit> spans = new ArrayList<>();
    for (JsonNode unit : units) {
      text.append(spans.isEmpty() ? "" : " ");
      spans.add(new Unit(text.length(), text.length() + unit.asString().length(), Level.SENTENCE));
      text.append(unit.asString());
    }
    return new UnitText(
        text + "\n\nQuestion: ", spans, IntStream.of(players).boxed().toList(), List.of());
  }

  private static Continuation continuation(JsonNode prompt, String content) {
    return new Continuation(
        new Prompt.Chat(List.of(new Message("user", content + prompt.path("question").asString()))),
        prompt.path("target").asString());
  }
}
