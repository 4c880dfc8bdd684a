package dev.loupe.instrument.explain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.Loupe;
import dev.loupe.fault.LoupeException;
import dev.loupe.instrument.Instrument;
import dev.loupe.instrument.Subject;
import dev.loupe.instrument.explain.ExplainReport.UnitScore;
import dev.loupe.instrument.explain.ExplainRequest.Parts;
import dev.loupe.instrument.explain.ExplainRequest.Scores;
import dev.loupe.instrument.explain.HighlightReport.QueryToken;
import dev.loupe.job.Run;
import dev.loupe.model.load.LanguageModel;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Odd text, and text that cannot be asked about, with a model whose weights are in hand. */
class BadInputTest {
  private static LanguageModel model;
  private static Subject subject;

  @BeforeAll
  static void open() {
    model = Loupe.open("almanac");
    subject = Loupe.subject(model);
  }

  @AfterAll
  static void close() {
    model.close();
  }

  private static <Q, A> A ask(Instrument<Q, A> instrument, Q request) {
    return instrument.ask(request, subject, Run.silent(0)).answer();
  }

  private static <Q, A> LoupeException refused(Instrument<Q, A> instrument, Q request) {
    LoupeException error = assertThrows(LoupeException.class, () -> ask(instrument, request));
    assertFalse(error.remedy().isBlank());
    return error;
  }

  private static HighlightRequest highlight(String text) {
    return new HighlightRequest(text, false, " Sure", 0.25, 0.5, 0, 0, Optional.of(" Sorry"));
  }

  private static ContrastRequest contrast(String text) {
    return new ContrastRequest(
        text,
        false,
        Measure.LOG_PROBABILITY,
        EditSearch.BEST_FIRST,
        4,
        1,
        2,
        Double.MAX_VALUE,
        2,
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "The capital of\r\nthe country\nin which Kalport\rlies is",
        "مرحبا Kalport بالعالم",
        "emoji 😀😃 Kalport 👨‍👩‍👧‍👦 🇫🇷 is",
        "日本の首都は Kalport 東京 です"
      })
  void oddTextKeepsItsPlaces(String text) {
    ExplainRequest request =
        ExplainRequest.of(text).withTarget(" a").with(Scores.of(Method.LEAVE_ONE_OUT)).withDraws(0);
    for (UnitScore unit : ask(new Explain(), request).levels().getLast().units()) {
      assertEquals(unit.text(), text.substring(unit.start(), unit.end()));
      assertTrue(Double.isFinite(unit.score()), unit.text());
    }
    HighlightReport found = ask(new Highlight(), highlight(text));
    int end = 0;
    for (QueryToken token : found.tokens()) {
      assertTrue(token.start() <= end && token.end() >= end, () -> token + " leaves a gap");
      assertTrue(Double.isFinite(token.norm()) && Double.isFinite(token.ablated()));
      end = token.end();
    }
    assertEquals(text.length(), end);
    ContrastReport edit = ask(new Contrast(), contrast(text));
    assertFalse(edit.visits().isEmpty());
    assertTrue(edit.visits().stream().allMatch(each -> Double.isFinite(each.score())));
  }

  @Test
  void tokensThatCutACharacterAreUnits() {
    String text = "emoji 😀 Kalport";
    ExplainRequest request =
        ExplainRequest.of(text)
            .withTarget(" a")
            .with(Parts.of(Level.TOKEN))
            .with(Scores.of(Method.LEAVE_ONE_OUT))
            .withDraws(0);
    int end = 0;
    for (UnitScore unit : ask(new Explain(), request).levels().getLast().units()) {
      assertTrue(unit.start() >= end, () -> unit + " overlaps");
      assertFalse(
          Character.isLowSurrogate(text.charAt(unit.start())), () -> unit + " cuts a character");
      end = unit.end();
    }
    assertEquals(text.length(), end);
  }

  @Test
  void aUnitLongerThanTheContextIsToldWithTheNumbers() {
    String text = "Kalport " + "x".repeat(2_000);
    for (LoupeException error :
        List.of(
            refused(new Explain(), ExplainRequest.of(text).withTarget(" a")),
            refused(new Explain(), ExplainRequest.of(text)),
            refused(new Highlight(), highlight(text)),
            refused(new Contrast(), contrast(text)))) {
      assertTrue(error.getMessage().matches(".* [0-9,]+ tokens.* 128\\b.*"), error.getMessage());
      assertTrue(error.remedy().contains("horte"), error.remedy());
    }
  }

  @Test
  void fiveThousandWordsAreMoreThanASmallModelReads() {
    String text = "This sentence says nothing of it at all. ".repeat(625).strip();
    LoupeException error = refused(new Explain(), ExplainRequest.of(text));
    assertTrue(error.getMessage().contains("tokens"), error.getMessage());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "\r\n\t", "\u00a0\u2003"})
  void textWithoutInkIsRefusedByAll(String text) {
    refused(new Explain(), ExplainRequest.of(text));
    refused(new Highlight(), highlight(text));
    refused(new Contrast(), contrast(text));
  }
}
