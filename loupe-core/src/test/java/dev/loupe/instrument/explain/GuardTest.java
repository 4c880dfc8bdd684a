package dev.loupe.instrument.explain;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.Loupe;
import dev.loupe.fault.LoupeException;
import dev.loupe.instrument.explain.ExplainRequest.Parts;
import dev.loupe.instrument.explain.HighlightReport.QueryToken;
import dev.loupe.job.Run;
import dev.loupe.model.generate.Generator;
import dev.loupe.model.generate.SamplingOptions;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.model.text.Prompt;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The defence is what the report shows as the answer after soft removal. */
class GuardTest {
  private static final String QUERY = "The capital of the country in which Kalport lies is";

  @Test
  void answersAsTheReportSays() {
    try (LanguageModel model = Loupe.open("almanac")) {
      HighlightReport report =
          new Highlight()
              .ask(
                  new HighlightRequest(
                      QUERY,
                      false,
                      HighlightRequest.AFFIRMATION,
                      HighlightRequest.ALPHA,
                      HighlightRequest.BETA,
                      4,
                      0,
                      Optional.empty()),
                  Loupe.subject(model),
                  Run.silent(0))
              .answer();
      Guard guard = Guard.of(model, new Prompt.Plain(QUERY, false), QUERY);
      List<String> highlighted =
          report.tokens().stream().filter(QueryToken::selected).map(QueryToken::text).toList();
      assertEquals(highlighted, guard.softened());
      String answer =
          new Generator(model.transformer(), model.tokenizer(), model.endTokens())
              .generate(
                  guard.prompt(), SamplingOptions.greedy(4), guard.hooks(), _ -> {}, () -> false)
              .text();
      assertEquals(report.after().answer(), answer);
      Prompt.Plain other = new Prompt.Plain("Something else", false);
      assertThrows(LoupeException.class, () -> Guard.of(model, other, QUERY));
      assertThrows(LoupeException.class, () -> Guard.of(model, other, " "));
    }
  }

  /** The stretch of one token is the one with the largest effect, and soft removal softens it. */
  @Test
  void ablationIsMeasuredAgainstARefusal() {
    try (LanguageModel model = Loupe.open("almanac")) {
      HighlightReport report = ablated(model, " Vorport", " Sorry");
      double[] effects = report.tokens().stream().mapToDouble(QueryToken::ablated).toArray();
      List<QueryToken> selected = report.tokens().stream().filter(QueryToken::selected).toList();
      assertEquals(1, selected.size());
      assertEquals(Arrays.stream(effects).max().orElseThrow(), selected.getFirst().ablated());
      double[] turned =
          ablated(model, " Sorry", " Vorport").tokens().stream()
              .mapToDouble(each -> -each.ablated())
              .toArray();
      assertArrayEquals(effects, turned, 1e-9);
      for (QueryToken token : ablated(model, " Sorry", " Sorry").tokens()) {
        assertEquals(0, token.ablated());
      }
      // The same, by the report's own soft removal: the opening's part less the refusal's.
      int strongest = report.tokens().indexOf(selected.getFirst());
      double opening = report.before().affirmation() - report.after().affirmation();
      double alone = opening - effects[strongest];
      assertEquals(alone, drop(model, " Sorry", strongest), 1e-9);
    }
    assertEquals(List.of(0, 1), QueryTokens.stretch(new double[] {3, 2, 2, -1, 3}, 0.4));
  }

  private static HighlightReport ablated(LanguageModel model, String opening, String refusal) {
    HighlightRequest request =
        new HighlightRequest(QUERY, false, opening, 1e-3, 0, 0, 0, Optional.of(refusal));
    return new Highlight().ask(request, Loupe.subject(model), Run.silent(0)).answer();
  }

  /** How much less likely an opening becomes without one token. */
  private static double drop(LanguageModel model, String opening, int token) {
    QueryTokens tokens = QueryTokens.of(model, new Prompt.Plain(QUERY, false), QUERY, opening);
    return tokens.drops(model)[token];
  }

  /** What does not fit the model's context is told with both lengths. */
  @Test
  void aUnitLongerThanTheContextIsTold() {
    try (LanguageModel model = Loupe.open("almanac")) {
      String unit = "The capital of Kalport lies by the sea. ".repeat(400).strip();
      for (Parts parts :
          List.of(
              new Parts(List.of(), List.of(unit), List.of(), 1, Optional.empty()),
              Parts.of(Level.PARAGRAPH))) {
        LoupeException error =
            assertThrows(
                LoupeException.class,
                () ->
                    new Explain()
                        .ask(
                            ExplainRequest.of(unit + "\n\nWhere?").with(parts),
                            Loupe.subject(model),
                            Run.silent(0)));
        assertFalse(error.remedy().isBlank());
        assertTrue(error.getMessage().matches("(?s).*\\d.*tokens.*\\d.*"), error.getMessage());
      }
    }
  }
}
