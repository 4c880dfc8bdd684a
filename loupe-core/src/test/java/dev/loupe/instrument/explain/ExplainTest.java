package dev.loupe.instrument.explain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.encoder.EmbeddingModel;
import dev.loupe.encoder.TinyEncoders;
import dev.loupe.fault.LoupeException;
import dev.loupe.instrument.Subject;
import dev.loupe.instrument.explain.ExplainReport.Scored;
import dev.loupe.instrument.explain.ExplainReport.UnitScore;
import dev.loupe.instrument.explain.ExplainRequest.AnswerAsked;
import dev.loupe.instrument.explain.ExplainRequest.Parts;
import dev.loupe.instrument.explain.ExplainRequest.Scores;
import dev.loupe.job.Run;
import dev.loupe.model.text.Prompt;
import dev.loupe.model.text.TextModel;
import dev.loupe.model.text.TextScore;
import dev.loupe.report.Finding;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.LongConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Explanations of a model whose answer hangs on one known word. */
class ExplainTest {
  /** Likes its answer by 3 nats a token more where the prompt holds “key”. */
  private static class KeyModel implements TextModel {
    private final boolean scores;
    private int texts;

    KeyModel(boolean scores) {
      this.scores = scores;
    }

    static String text(Prompt prompt) {
      return switch (prompt) {
        case Prompt.Plain plain -> plain.text();
        case Prompt.Chat chat -> chat.messages().getLast().content();
      };
    }

    @Override
    public String name() {
      return "key model";
    }

    @Override
    public Optional<LoupeException> whyNoScores(Prompt prompt) {
      return scores ? Optional.empty() : Optional.of(LoupeException.badInput("none", "rouge"));
    }

    @Override
    public List<List<Answer>> sample(List<Prompt> prompts, Sampling sampling, LongConsumer done) {
      throw new UnsupportedOperationException("sample");
    }

    @Override
    public List<TextScore> score(List<Continuation> continuations, LongConsumer done) {
      texts += (int) continuations.stream().distinct().count();
      return continuations.stream()
          .map(each -> {
            double first = text(each.prompt()).contains("key") ? -1 : -4;
            return new TextScore(List.of("a", "b"), List.of(first, -0.5));
          })
          .toList();
    }

    @Override
    public List<Answer> answer(List<Prompt> prompts, int mostTokens, LongConsumer done) {
      return prompts.stream()
          .map(each -> new Answer(text(each).contains("key") ? "ab" : "c d", true))
          .toList();
    }
  }

  private static Finding<ExplainReport> ask(ExplainRequest request) {
    return new Explain().ask(request, Subject.of(new KeyModel(true)), Run.silent(0));
  }

  private static UnitScore strongest(Scored level) {
    return level.units().stream().max((a, b) -> Double.compare(a.score(), b.score())).orElseThrow();
  }

  @Test
  void theWordThatCarriesTheAnswerIsFoundByEveryMethod() {
    for (Method method : Method.values()) {
      if (!method.needsWeights() && method != Method.SHAPLEY) {
        Finding<ExplainReport> finding =
            ask(ExplainRequest.of("we lost the key in the old house").with(Scores.of(method)));
        Scored words = finding.answer().levels().getFirst();
        assertEquals("key", strongest(words).text(), method.words());
        assertEquals(1.5, strongest(words).score(), method == Method.C_LIME ? 1e-6 : 1e-12);
        assertEquals(3, strongest(words).byToken().getFirst(), 1e-6);
        assertEquals(0, strongest(words).byToken().getLast(), 1e-6);
        assertTrue(finding.holds());
      }
    }
  }

  @Test
  void sentencesAreRefinedToWords() {
    String text =
        "Nobody was at home on that long and cold day. We lost the key in the old house by the sea."
            + " It rained and rained until the evening came.";
    List<Scored> levels = ask(ExplainRequest.of(text)).answer().levels();
    assertEquals(List.of("sentence", "word"), levels.stream().map(Scored::level).toList());
    assertTrue(strongest(levels.getFirst()).text().startsWith("We lost"));
    assertEquals("key", strongest(levels.getLast()).text());
    assertEquals(1, strongest(levels.getLast()).parent());
    assertEquals(
        2, levels.getLast().units().stream().filter(UnitScore::fixed).count(), "other sentences");
  }

  @Test
  void givenSegmentsAreTheUnitsAndFixedTextStays() {
    ExplainRequest usual = ExplainRequest.of("Doc one. Doc key. Question: where?");
    Scored segments =
        ask(usual.with(
                new Parts(
                    List.of(), List.of("Doc one.", "Doc key."), List.of(), 1, Optional.empty())))
            .answer()
            .levels()
            .getFirst();
    assertEquals(2, segments.units().size());
    assertEquals("Doc key.", strongest(segments).text());
    Scored words =
        ask(usual.with(
                new Parts(
                    List.of(Level.WORD),
                    List.of(),
                    List.of("Question: where?"),
                    1,
                    Optional.empty())))
            .answer()
            .levels()
            .getFirst();
    assertEquals(4, words.units().stream().filter(unit -> !unit.fixed()).count());
  }

  /**
   * A word that the model expects is not missed, and one that it does not is replaced by its own.
   */
  @Test
  void unitsAreReplacedByWhatTheModelWouldSay() {
    String expected = "we lost the ball, in the old house";
    KeyModel model =
        new KeyModel(true) {
          @Override
          public List<Answer> answer(List<Prompt> prompts, int mostTokens, LongConsumer done) {
            return prompts.stream()
                .map(each -> {
                  int words = text(each).isBlank() ? 0 : text(each).split(" ").length;
                  List<String> said = List.of(expected.split(" "));
                  return new Answer(
                      " " + String.join(" ", said.subList(words, said.size())), false);
                })
                .toList();
          }
        };
    ExplainRequest request =
        ExplainRequest.of("we lost the key; in the old house")
            .withTarget("ab")
            .with(Parts.of(Level.WORD).with(new Perturbation.Infilling()));
    Finding<ExplainReport> finding = new Explain().ask(request, Subject.of(model), Run.silent(0));
    for (UnitScore unit : finding.answer().levels().getFirst().units()) {
      boolean isKey = unit.text().equals("key;");
      assertEquals(isKey ? "ball;" : unit.text(), unit.substitute());
      assertEquals(isKey ? 1.5 : 0, unit.score(), 1e-12, unit.text());
    }
    assertTrue(finding.caveats().stream().anyMatch(each -> each.contains("expects")));
  }

  @Test
  void aSubstituteHasTheUnitsWordsAndItsPunctuation() {
    assertEquals("the sea.", Substitutes.fitted(" the sea and the sky", "old house.", 2));
    assertEquals("sea", Substitutes.fitted("\n sea, of", "house", 1));
    assertEquals("", Substitutes.fitted("", "house", 1));
    assertEquals("", Substitutes.fitted(" \n", "house.", 1));
    assertEquals("one", Substitutes.fitted(" one", "two three", 2), "the model ended");
    assertEquals("東京", Substitutes.fitted("東京は", "首都", 1));
  }

  @Test
  void textsAreComparedWhereThereAreNoLogProbabilities() {
    ExplainRequest usual = ExplainRequest.of("we lost the key in the old house");
    Subject silent = Subject.of(new KeyModel(false));
    assertThrows(LoupeException.class, () -> new Explain().ask(usual, silent, Run.silent(0)));
    ExplainReport report =
        new Explain()
            .ask(
                usual.with(new AnswerAsked(Optional.empty(), List.of(), Measure.ROUGE, 8)),
                silent,
                Run.silent(0))
            .answer();
    assertEquals("key", strongest(report.levels().getFirst()).text());
    assertEquals(1, strongest(report.levels().getFirst()).score(), 1e-12);
  }

  @Test
  void answersAreComparedByAnEmbeddingModel() {
    try (EmbeddingModel embedding = EmbeddingModel.open(TinyEncoders.embedding())) {
      ExplainRequest request =
          ExplainRequest.of("we lost the key in the old house")
              .with(
                  new AnswerAsked(
                      Optional.empty(), List.of(), Measure.SIMILARITY, 8, Optional.of(embedding)));
      ExplainReport report =
          new Explain().ask(request, Subject.of(new KeyModel(false)), Run.silent(0)).answer();
      assertEquals(1, report.whole(), 1e-12);
      assertEquals("key", strongest(report.levels().getFirst()).text());
      assertTrue(report.measured().contains("embedding model embedding"), report.measured());
    }
  }

  @Test
  void aContrastOfEquallyLikelyAnswersIsNothing() {
    ExplainReport report =
        ask(ExplainRequest.of("we lost the key")
                .with(
                    new AnswerAsked(
                        Optional.of("ab"), List.of("ba", "aa"), Measure.LOG_PROBABILITY, 1)))
            .answer();
    assertEquals(0, report.whole());
    assertEquals(0, strongest(report.levels().getFirst()).score());
  }

  @Test
  void theBudgetIsKept() {
    KeyModel model = new KeyModel(true);
    ExplainRequest request = ExplainRequest.of("we lost the key in the old house").withMaxCalls(20);
    LoupeException error =
        assertThrows(
            LoupeException.class,
            () -> new Explain().ask(request, Subject.of(model), Run.silent(0)));
    assertEquals(LoupeException.Kind.RESOURCE, error.kind());
    assertTrue(error.remedy().contains("`maxCalls`"), error.remedy());
    assertTrue(model.texts <= 20, () -> model.texts + " texts");
  }

  @Test
  void whatNeedsTheWeightsSaysSo() {
    LoupeException error =
        assertThrows(
            LoupeException.class,
            () -> ask(ExplainRequest.of("a key").with(Scores.of(Method.ROLLOUT))));
    assertTrue(error.getMessage().contains("weights"), error.getMessage());
    assertThrows(
        LoupeException.class, () -> ask(ExplainRequest.of("a key").with(Parts.of(Level.TOKEN))));
    assertThrows(
        LoupeException.class,
        () ->
            new Highlight()
                .ask(HighlightRequest.of("a key"), Subject.of(new KeyModel(true)), Run.silent(0)));
  }

  @ParameterizedTest
  @ValueSource(strings = {" ", "\r\n\t", "\u00a0\u2003"})
  void textWithoutInkIsRefused(String text) {
    LoupeException error = assertThrows(LoupeException.class, () -> ask(ExplainRequest.of(text)));
    assertFalse(error.remedy().isBlank());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "one",
        "a\r\nkey\nb\rc",
        "مرحبا key بالعالم",
        "emoji 😀😃 key 👨‍👩‍👧‍👦 🇫🇷",
        "日本の首都は key 東京"
      })
  void anyTextIsExplained(String text) {
    ExplainReport report = ask(ExplainRequest.of(text)).answer();
    for (UnitScore unit : report.levels().getLast().units()) {
      assertEquals(unit.text(), text.substring(unit.start(), unit.end()));
    }
    if (text.contains("key")) {
      assertEquals("key", strongest(report.levels().getLast()).text());
    }
  }

  @Test
  void fiveThousandWordsAreExplained() {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 500; i++) {
      text.append(
          i == 333 ? "There we lost the key. " : "This sentence says nothing of it at all. ");
    }
    ExplainReport report =
        ask(ExplainRequest.of(text.toString().strip())
                .with(Scores.of(Method.LEAVE_ONE_OUT))
                .withDraws(0))
            .answer();
    assertEquals("There we lost the key.", strongest(report.levels().getFirst()).text());
    assertEquals("key.", strongest(report.levels().getLast()).text());
  }

  @Test
  void wrongRequestsAreRefused() {
    ExplainRequest usual =
        ExplainRequest.of("we lost the key in the old house by the sea at night today");
    for (ExplainRequest wrong :
        List.of(
            usual.with(Scores.of(Method.SHAPLEY)),
            usual.with(new Parts(List.of(), List.of("cat"), List.of(), 1, Optional.empty())),
            usual.with(new Parts(List.of(), List.of(""), List.of(), 1, Optional.empty())),
            usual.with(
                new Parts(List.of(), List.of(), List.of(usual.prompt()), 1, Optional.empty())),
            usual.withTarget(""))) {
      LoupeException error = assertThrows(LoupeException.class, () -> ask(wrong));
      assertFalse(error.remedy().isBlank());
    }
    assertThrows(
        IllegalArgumentException.class,
        () -> new Scores(Optional.empty(), 9, 10, OptionalInt.empty(), 0));
    assertThrows(
        IllegalArgumentException.class,
        () ->
            new Parts(
                List.of(Level.WORD, Level.SENTENCE), List.of(), List.of(), 1, Optional.empty()));
    assertThrows(IllegalArgumentException.class, () -> usual.withDraws(-1));
    assertThrows(IllegalArgumentException.class, () -> usual.withMaxCalls(0));
    assertThrows(
        IllegalArgumentException.class,
        () -> new HighlightRequest("x", true, "y", 0, 0.5, 1, 0, Optional.empty()));
  }
}
