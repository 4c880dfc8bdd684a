package dev.loupe.instrument.explain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.loupe.Loupe;
import dev.loupe.fault.LoupeException;
import dev.loupe.instrument.explain.HighlightReport.QueryToken;
import dev.loupe.job.Run;
import dev.loupe.model.generate.Generator;
import dev.loupe.model.generate.SamplingOptions;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.model.text.Prompt;
import java.util.List;
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
}
