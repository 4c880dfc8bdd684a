package dev.loupe.instrument.explain;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.OracleFiles;
import dev.loupe.RealModel;
import dev.loupe.instrument.Subject;
import dev.loupe.instrument.explain.HighlightReport.QueryToken;
import dev.loupe.instrument.explain.HighlightReport.QueryWord;
import dev.loupe.instrument.explain.HighlightReport.Response;
import dev.loupe.job.Run;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.model.load.LoadOptions;
import java.util.List;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Token Highlighter against values of another implementation. */
@Tag("oracle")
class HighlightOracleTest {
  /** Of log-probabilities and logits, as the fixtures' README states. */
  private static final double SCORE = 1e-4;

  private static final double NORM = 1e-3;

  @Test
  void gradientsSelectionAndSoftRemovalAreThoseOfTheReference() {
    JsonNode fixture = OracleFiles.json("prompt/token_highlighter.json");
    JsonNode queries = fixture.path("queries");
    assertTrue(queries.size() >= 4);
    try (LanguageModel model = LanguageModel.open(RealModel.path(), LoadOptions.DEFAULT)) {
      Subject subject = Subject.of(model, () -> "");
      for (JsonNode query : queries) {
        HighlightRequest usual = HighlightRequest.of(query.path("query").asString());
        HighlightRequest request =
            new HighlightRequest(
                usual.prompt(),
                true,
                fixture.path("affirmation").asString(),
                query.path("alpha").doubleValue(),
                query.path("beta").doubleValue(),
                0,
                1,
                Optional.empty());
        same(query, new Highlight().ask(request, subject, Run.silent(0)).answer());
      }
    }
  }

  private static void same(JsonNode expected, HighlightReport report) {
    String id = expected.path("id").asString();
    List<QueryToken> tokens = report.tokens();
    assertArrayEquals(
        doubles(expected.path("gradient_norm")),
        tokens.stream().mapToDouble(QueryToken::norm).toArray(),
        NORM,
        id);
    assertArrayEquals(
        IntStream.range(0, expected.path("selected").size())
            .map(i -> expected.path("selected").get(i).intValue())
            .toArray(),
        IntStream.range(0, tokens.size()).filter(i -> tokens.get(i).selected()).toArray(),
        id);
    words(expected, report, "mean_of_norms", QueryWord::meanOfNorms);
    words(expected, report, "norm_of_mean", QueryWord::normOfMean);
    words(expected, report, "frobenius", QueryWord::frobenius);
    response(expected.path("soft_removal").path("before"), report.before());
    response(expected.path("soft_removal").path("after"), report.after());
    assertEquals(
        expected.path("affirmation_logprob").doubleValue(), report.before().affirmation(), SCORE);
  }

  private static void words(
      JsonNode expected, HighlightReport report, String field, ToDoubleFunction<QueryWord> value) {
    JsonNode words = expected.path("word_scores_of_mean_cross_entropy");
    assertEquals(words.size(), report.words().size());
    for (int i = 0; i < words.size(); i++) {
      assertEquals(words.get(i).path("word").asString(), report.words().get(i).text());
      assertEquals(
          words.get(i).path(field).doubleValue(),
          value.applyAsDouble(report.words().get(i)),
          NORM,
          field + " of " + report.words());
    }
  }

  private static void response(JsonNode expected, Response response) {
    assertEquals(expected.path("affirmation_logprob").doubleValue(), response.affirmation(), SCORE);
    for (int i = 0; i < expected.path("top10").size(); i++) {
      JsonNode token = expected.path("top10").get(i);
      assertEquals(token.path("id").intValue(), response.next().get(i).id());
      assertEquals(token.path("logit").doubleValue(), response.next().get(i).logit(), SCORE);
      assertEquals(
          token.path("logprob").doubleValue(), response.next().get(i).logProbability(), SCORE);
    }
  }

  private static double[] doubles(JsonNode list) {
    return IntStream.range(0, list.size()).mapToDouble(i -> list.get(i).doubleValue()).toArray();
  }
}
