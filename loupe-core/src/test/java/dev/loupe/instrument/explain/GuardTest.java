package dev.loupe.instrument.explain;

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
                      0),
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
