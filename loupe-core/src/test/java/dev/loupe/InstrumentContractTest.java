package dev.loupe;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.dictionary.FeatureChange;
import dev.loupe.dictionary.Freezing;
import dev.loupe.instrument.Instrument;
import dev.loupe.instrument.Subject;
import dev.loupe.instrument.lens.LensRequest;
import dev.loupe.instrument.steer.SteerRequest;
import dev.loupe.instrument.study.GreaterThanRequest;
import dev.loupe.instrument.study.TinyStudy;
import dev.loupe.instrument.trace.TraceRequest;
import dev.loupe.job.Cost;
import dev.loupe.job.Run;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.report.Finding;
import dev.loupe.report.FindingJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What every instrument keeps, whatever it asks; one that is not tried here fails. */
class InstrumentContractTest {
  private static final String PROMPT = TinyStudy.ASKED.getFirst().text();

  @TempDir private static Path folder;
  private static LanguageModel model;

  @BeforeAll
  static void open() throws IOException {
    model = TinyStudy.open(folder);
  }

  @AfterAll
  static void close() {
    model.close();
  }

  /** An instrument and a request that the tiny model can answer. */
  record Case<Q, A>(Instrument<Q, A> instrument, Object request) {
    Finding<A> ask(Run run) {
      return instrument.ask(instrument.card().request().cast(request), subject(), run);
    }

    Cost estimate(Run run) {
      return instrument.estimate(instrument.card().request().cast(request), subject(), run);
    }

    @Override
    public String toString() {
      return instrument.card().name();
    }
  }

  private static Subject subject() {
    return Subject.of(model, () -> "ab12");
  }

  static Stream<Case<?, ?>> cases() {
    return Loupe.INSTRUMENTS.stream().map(InstrumentContractTest::example);
  }

  private static Case<?, ?> example(Instrument<?, ?> instrument) {
    return new Case<>(
        instrument,
        switch (instrument.card().name()) {
          case "trace" -> TraceRequest.of(PROMPT).withMaxNodes(40);
          case "lens" -> LensRequest.of(PROMPT);
          case "study greater-than" -> new GreaterThanRequest(TinyStudy.ASKED, "a test", 8, 1, 2);
          case "steer" ->
              new SteerRequest(
                  PROMPT,
                  false,
                  List.of(
                      new SteerRequest.Change(
                          0, 1, OptionalInt.empty(), Optional.of(new FeatureChange.Action.Set(1)))),
                  Optional.empty(),
                  Freezing.NOTHING,
                  3,
                  2);
          default -> throw new AssertionError("no request is tried of " + instrument.card());
        });
  }

  @Test
  void cardsAreDistinctAndHaveAPageInTheDocs() {
    Set<String> names = new HashSet<>();
    Set<String> schemas = new HashSet<>();
    Path docs = Path.of(System.getProperty("loupe.root", ".."), "docs");
    assertAll(
        Loupe.INSTRUMENTS.stream()
            .map(Instrument::card)
            .map(card ->
                () -> {
                  assertTrue(names.add(card.name()), card.name());
                  assertTrue(schemas.add(card.schema()), card.schema());
                  assertTrue(card.schema().matches("loupe\\.[a-z-]+/\\d+"), card.schema());
                  assertTrue(card.question().endsWith("?"), card.question());
                  String page = card.name().replaceFirst(" .*", "") + ".md";
                  assertTrue(Files.exists(docs.resolve(page)), page);
                }));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void aFindingCarriesItsEvidenceAndProvenance(Case<?, ?> tried) {
    Finding<?> finding = tried.ask(Run.silent(3));
    assertEquals(tried.instrument().card().schema(), finding.schema());
    assertFalse(finding.question().isBlank());
    assertFalse(finding.evidence().isEmpty());
    assertEquals(3, finding.provenance().seed());
    assertEquals("ab12", finding.provenance().inputs().getFirst().sha256());
    assertTrue(tried.instrument().card().answer().isInstance(finding.answer()));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void theJsonReadsBackAndIsTheSameUnderAnyLocale(Case<?, ?> tried) {
    String json = timeless(FindingJson.of(tried.ask(Run.silent(3))));
    assertEquals(json, FindingJson.of(FindingJson.read(json)));
    Locale usual = Locale.getDefault();
    Locale.setDefault(Locale.GERMANY);
    try {
      String german = timeless(FindingJson.of(tried.ask(Run.silent(3))));
      int differs = Arrays.mismatch(json.toCharArray(), german.toCharArray());
      assertEquals(-1, differs, () -> german.substring(differs, Math.min(german.length(), differs + 80)));
    } finally {
      Locale.setDefault(usual);
    }
  }

  private static String timeless(String json) {
    return json.replaceAll("\"seconds\":[0-9.E-]+", "\"seconds\":1.0");
  }

  @ParameterizedTest
  @MethodSource("cases")
  void anEstimateTellsTheWorkAndHandsOverNothing(Case<?, ?> tried) {
    List<Object> early = new ArrayList<>();
    Cost cost = tried.estimate(Run.silent(3, early::add));
    assertTrue(cost.seconds() > 0 && cost.memoryBytes() > 0, cost::toString);
    assertFalse(cost.work().isBlank() || cost.work().endsWith("."), cost.work());
    assertEquals(List.of(), early);
  }
}
