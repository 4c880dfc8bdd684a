package dev.loupe.instrument.explain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.Loupe;
import dev.loupe.fault.LoupeException;
import dev.loupe.instrument.explain.ExplainRequest.Parts;
import dev.loupe.instrument.explain.HighlightReport.QueryToken;
import dev.loupe.instrument.explain.PhraseDeletion.PhraseRun;
import dev.loupe.job.Run;
import dev.loupe.job.Stopped;
import dev.loupe.job.StoppedAt;
import dev.loupe.model.generate.Generator;
import dev.loupe.model.generate.SamplingOptions;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.model.text.LocalText;
import dev.loupe.model.text.Prompt;
import dev.loupe.model.text.TextModel.Continuation;
import dev.loupe.model.text.TextScore;
import dev.loupe.report.Finding;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
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
      Guard guard = guard(model, new Prompt.Plain(QUERY, false), QUERY, Optional.empty());
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
      assertThrows(LoupeException.class, () -> guard(model, other, QUERY, Optional.empty()));
      assertThrows(LoupeException.class, () -> guard(model, other, " ", Optional.empty()));
      // It would never begin so: there is nothing to take back.
      assertEquals(
          List.of(),
          guard(model, new Prompt.Plain(QUERY, false), QUERY, Optional.of(" Quenmouth"))
              .softened());
    }
  }

  private static Guard guard(
      LanguageModel model, Prompt.Plain prompt, String query, Optional<String> refusal) {
    return Guard.of(model, prompt, query, HighlightRequest.AFFIRMATION, refusal, Run.silent(0));
  }

  /** The search by deletion and the one by gradient both end when they are to stop. */
  @Test
  void theSearchCanBeStopped() {
    try (LanguageModel model = Loupe.open("almanac")) {
      Prompt.Plain prompt = new Prompt.Plain(QUERY, false);
      for (Optional<String> refusal : List.of(Optional.of(" Vorport"), Optional.<String>empty())) {
        Run run = new StoppedAt(Run.silent(0), new AtomicInteger(2));
        assertThrows(
            Stopped.class, () -> Guard.of(model, prompt, QUERY, " Quenmouth", refusal, run));
      }
    }
  }

  /** Kalport makes it answer Quenmouth; without these phrases it would rather say Vorport. */
  @Test
  void thePhraseWithoutWhichTheModelWouldDeclineIsHighlighted() {
    try (LanguageModel model = Loupe.open("almanac")) {
      Finding<HighlightReport> finding = deleted(model, " Quenmouth", " Vorport");
      HighlightReport report = finding.answer();
      assertEquals(
          "in which Kalport lies is",
          report.tokens().stream()
              .filter(QueryToken::selected)
              .map(QueryToken::text)
              .collect(Collectors.joining())
              .strip());
      double phrase = margin(model, QUERY) - margin(model, "The capital of the country is");
      for (QueryToken token : report.tokens()) {
        if (token.text().equals(" Kalport")) {
          assertEquals(phrase, token.ablated(), 1e-4);
        }
      }
      double both = margin(model, QUERY) - margin(model, "The capital of the country");
      assertEquals(both, finding.evidence().getLast().measured().value(), 1e-4);
      HighlightReport turned = deleted(model, " Vorport", " Quenmouth").answer();
      assertTrue(turned.tokens().stream().noneMatch(QueryToken::selected));
      assertEquals(turned.before(), turned.after());
      for (int i = 0; i < report.tokens().size(); i++) {
        assertEquals(-report.tokens().get(i).ablated(), turned.tokens().get(i).ablated(), 1e-4);
      }
    }
  }

  private static Finding<HighlightReport> deleted(
      LanguageModel model, String opening, String refusal) {
    HighlightRequest request =
        HighlightRequest.of(QUERY).asText().withAffirmation(opening).withRefusal(refusal);
    return new Highlight().ask(request, Loupe.subject(model), Run.silent(0));
  }

  private static double margin(LanguageModel model, String text) {
    List<TextScore> scores =
        new LocalText(model)
            .score(
                List.of(
                    new Continuation(Prompt.of(text), " Quenmouth"),
                    new Continuation(Prompt.of(text), " Vorport")),
                _ -> {});
    return scores.get(0).sum() - scores.get(1).sum();
  }

  /** Of runs of four phrases with a margin of 5: the shortest with .95 of the largest effect. */
  @Test
  void theShortestRunWithNearlyTheLargestEffectIsChosen() {
    PhraseRun best = new PhraseRun(0, 3, 10);
    PhraseRun near = new PhraseRun(1, 3, 9.6);
    PhraseRun weaker = new PhraseRun(1, 2, 9.4);
    assertEquals(Optional.of(near), chosen(5, best, near, weaker));
    assertEquals(Optional.of(best), chosen(5, best, weaker));
    // Among runs of one length the stronger.
    assertEquals(Optional.of(near), chosen(5, new PhraseRun(0, 2, 9.5), near));
    // The model declines as it is, or complies whatever is deleted.
    assertEquals(Optional.empty(), chosen(-1, best, near));
    assertEquals(Optional.empty(), chosen(11, best, near));
    assertEquals(Optional.empty(), chosen(5));
  }

  private static Optional<PhraseRun> chosen(double whole, PhraseRun... runs) {
    List<Unit> phrases =
        IntStream.range(0, 4).mapToObj(i -> new Unit(3 * i, 3 * i + 2, Level.PHRASE)).toList();
    return new PhraseDeletion(phrases, whole, List.of(runs)).chosen(0.95);
  }

  /** A query of one word has nothing to delete, and says so instead of means over no runs. */
  @Test
  void oneWordIsTold() {
    PhraseDeletion deletion =
        new PhraseDeletion(Segmenter.units("hello", 0, 5, Level.WORD), 3, List.of());
    assertEquals(3, deletion.evidence().measured().value());
    assertEquals("a query of one word has no part to delete", deletion.evidence().note());
    assertEquals(
        "The query is one word: no part of it can be deleted, and nothing is highlighted.",
        deletion.caveat());
  }

  /** Every run but the whole query, and of a long one at most eight phrases. */
  @Test
  void runsOfPhrasesAreBounded() {
    assertEquals(0, PhraseDeletion.removed(1).size());
    assertEquals(5, PhraseDeletion.removed(3).size());
    assertEquals(8 * 20 - 28, PhraseDeletion.removed(20).size());
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
