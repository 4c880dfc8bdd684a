package dev.loupe.instrument.influence;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.instrument.Subject;
import dev.loupe.instrument.study.TinyStudy;
import dev.loupe.job.Run;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.report.Finding;
import dev.loupe.tensor.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Documents selected before they are scored, against a scan of all. */
class PreselectionTest {
  private static final int TOP = 4;
  private static final int DOCUMENTS = 20;

  @TempDir private Path folder;

  private AskRequest request(Optional<Preselection.By> by, int candidates) {
    return new AskRequest(
        "The war lasted from the year 17",
        Optional.of("42"),
        folder.resolve("fit"),
        Optional.empty(),
        TOP,
        OptionalDouble.empty(),
        false,
        true,
        false,
        0,
        0,
        0,
        by,
        candidates,
        Optional.empty(),
        Optional.empty());
  }

  private Subject fitted(LanguageModel model) throws IOException {
    Path corpus = folder.resolve("corpus.jsonl");
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < DOCUMENTS; i++) {
      lines.add(
          "{\"id\": \"d%d\", \"text\": \"The %s lasted from the year 17%d.\"}"
              .formatted(i, i % 3 == 0 ? "war" : "reign of the siege", 36 + i));
    }
    Files.write(corpus, lines);
    Subject subject = Subject.of(model, () -> "ab12");
    new FitInfluence().ask(FitRequest.of(corpus, folder.resolve("fit")), subject, Run.silent(3));
    return subject;
  }

  private static List<String> ids(Finding<AskReport> finding) {
    return finding.answer().positive().stream().map(AskReport.Influential::id).toList();
  }

  @ParameterizedTest
  @EnumSource(Preselection.By.class)
  void recallIsTheShareOfTheFullScansDocumentsThatWereSelected(Preselection.By by)
      throws IOException {
    try (LanguageModel model = TinyStudy.open(folder.resolve("model"), DType.F32)) {
      Subject subject = fitted(model);
      AskInfluence asking = new AskInfluence();
      List<String> full = ids(asking.ask(request(Optional.empty(), 1), subject, Run.silent(3)));
      assertEquals(TOP, full.size());
      boolean isPartial = false;
      for (int candidates : new int[] {3, 8, DOCUMENTS}) {
        Finding<AskReport> finding =
            asking.ask(request(Optional.of(by), candidates), subject, Run.silent(3));
        AskReport.Filtered filtered = finding.answer().filter().orElseThrow();
        assertEquals(candidates, filtered.selected());
        assertEquals(DOCUMENTS, filtered.documents());
        assertEquals(DOCUMENTS - candidates, filtered.compared());
        // Selected documents keep the order that the full scan gives them.
        List<String> kept = full.stream().filter(ids(finding)::contains).toList();
        assertEquals(kept, ids(finding).subList(0, kept.size()));
        assertEquals((double) kept.size() / TOP, filtered.recall().value());
        isPartial |= kept.size() < TOP;
        assertTrue(
            finding.caveats().stream().anyMatch(each -> each.contains("of 20 documents")),
            finding.caveats().toString());
      }
      assertTrue(isPartial, "a small selection misses something");
    }
  }

  @Test
  void whatIsMissedIsEstimatedFromTheOthersThatWereDrawn() {
    List<Sequence> ten =
        IntStream.range(0, 10).mapToObj(i -> Sequence.of("d" + i, i, i + 1)).toList();
    Preselection some = new Preselection(Preselection.By.BM25, ten, ten.subList(0, 4), 40);
    AskReport.Filtered found =
        some.missed(
            new double[] {9, 8, -3, 1, -7, 0, 0, 0, 0, 0}, new double[] {8.5, -9, 0.5, 2}, 2);
    // One of four is larger than the second that is shown, so ten of forty are expected to be.
    assertEquals(10, found.missed().value());
    assertTrue(found.missed().low() > 0 && found.missed().high() < 40);
    assertFalse(found.recall().hasInterval());
    // Three are shown where four are asked for: every positive one would be shown.
    found =
        some.missed(
            new double[] {9, 8, -3, 1, -7, 0, 0, 0, 0, 0}, new double[] {8.5, -9, 0.5, 2}, 4);
    assertEquals(30, found.missed().value());
  }

  @Test
  void aSelectionOfNothingIsRefused() {
    assertThrows(
        IllegalArgumentException.class, () -> request(Optional.of(Preselection.By.BM25), 0));
  }
}
