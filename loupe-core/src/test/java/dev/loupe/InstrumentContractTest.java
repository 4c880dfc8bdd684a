package dev.loupe;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.TinyRequests.Asking;
import dev.loupe.instrument.Instrument;
import dev.loupe.job.Cost;
import dev.loupe.job.Run;
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
  @TempDir private static Path folder;
  private static TinyRequests requests;

  @BeforeAll
  static void open() throws IOException {
    requests = TinyRequests.open(folder);
  }

  @AfterAll
  static void close() {
    requests.close();
  }

  static Stream<Asking<?, ?>> all() {
    return requests.all().stream();
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
  @MethodSource("all")
  void aFindingCarriesItsEvidenceAndProvenance(Asking<?, ?> tried) {
    Finding<?> finding = tried.ask(Run.silent(3));
    assertEquals(tried.instrument().card().schema(), finding.schema());
    assertFalse(finding.question().isBlank());
    assertFalse(finding.evidence().isEmpty());
    assertEquals(3, finding.provenance().seed());
    assertEquals("ab12", finding.provenance().inputs().getFirst().sha256());
    assertTrue(tried.instrument().card().answer().isInstance(finding.answer()));
  }

  @ParameterizedTest
  @MethodSource("all")
  void theJsonReadsBackAndIsTheSameUnderAnyLocale(Asking<?, ?> tried) {
    String json = timeless(FindingJson.of(tried.ask(Run.silent(3))));
    assertEquals(json, FindingJson.of(FindingJson.read(json)));
    Locale usual = Locale.getDefault();
    Locale.setDefault(Locale.GERMANY);
    try {
      String german = timeless(FindingJson.of(tried.ask(Run.silent(3))));
      int differs = Arrays.mismatch(json.toCharArray(), german.toCharArray());
      assertEquals(
          -1, differs, () -> german.substring(differs, Math.min(german.length(), differs + 80)));
    } finally {
      Locale.setDefault(usual);
    }
  }

  private static String timeless(String json) {
    return json.replaceAll("\"(seconds|tokensPerSecond)\":[0-9.E-]+", "\"$1\":1.0");
  }

  @ParameterizedTest
  @MethodSource("all")
  void anEstimateTellsTheWorkAndHandsOverNothing(Asking<?, ?> tried) {
    List<Object> early = new ArrayList<>();
    Cost cost = tried.estimate(Run.silent(3, early::add));
    assertTrue(cost.seconds() > 0 && cost.memoryBytes() > 0, cost::toString);
    assertFalse(cost.work().isBlank() || cost.work().endsWith("."), cost.work());
    assertEquals(List.of(), early);
  }
}
