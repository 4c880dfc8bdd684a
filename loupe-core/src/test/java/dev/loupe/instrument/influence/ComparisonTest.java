package dev.loupe.instrument.influence;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.fault.LoupeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Figures of hand-made scores, and bad files of questions. */
class ComparisonTest {
  private static final List<String> TEXTS =
      List.of(
          "The clock strikes thirteen.",
          "There was one chime too many.",
          "A clock was sold.",
          "Nothing of this.");
  private static final int ANSWER = 7;

  @TempDir private Path folder;

  private static List<Sequence> documents() {
    List<int[]> tokens =
        List.of(new int[] {0, 5, ANSWER}, new int[] {0, 6}, new int[] {0, 5}, new int[] {0, 8});
    return IntStream.range(0, 4)
        .mapToObj(n ->
            new Sequence(
                "d" + n, tokens.get(n), new boolean[2], List.of(n < 2 ? "theme" : "other")))
        .toList();
  }

  private static ModelScores model(String name, double... scores) {
    Completion completion =
        new Completion(Sequence.completion(new int[] {0, 5, ANSWER}, 2), 2, " thirteen", true);
    return new ModelScores(
        name,
        documents(),
        List.of(completion),
        new double[] {1.5},
        new double[][] {scores},
        new double[][] {scores},
        TEXTS);
  }

  private static CompareInfluenceReport report() {
    PlantedQuestion question =
        new PlantedQuestion(
            "The clock strikes", " thirteen", Set.of("d0"), Set.of("d1"), Set.of("d2"));
    return new Comparison(
            List.of(question),
            List.of(model("words", 4, 1, 3, 2), model("theme", 4, 3, -1, 2)),
            2,
            0)
        .report();
  }

  @Test
  void figuresOfEachModelAreThoseOfItsTopDocuments() {
    CompareInfluenceReport report = report();
    CompareInfluenceReport.OfModel words = report.models().get(0);
    CompareInfluenceReport.OfModel theme = report.models().get(1);
    // "clock", "strikes" and "thirteen" are long enough: three of three, then one of three.
    assertEquals((1 + 1 / 3.0) / 2, words.words().value(), 1e-12);
    assertEquals(0.5, theme.words().value(), 1e-12);
    assertEquals((1 + 1 / 3.0) / 4, words.wordsOfAll().value(), 1e-12);
    assertEquals(0.5, words.answer().value());
    assertEquals(1, words.teachers().value());
    assertEquals(0, words.theme().value());
    assertEquals(1, theme.theme().value());
    assertFalse(theme.theme().hasInterval());
    assertEquals("d1", theme.found().getFirst().documents().get(1).id());
  }

  @Test
  void pairsShareDocumentsAndLabels() {
    CompareInfluenceReport.OfPair pair = report().pairs().getFirst();
    assertEquals(1 / 3.0, pair.documents().value(), 1e-12);
    assertEquals(0.5, pair.labels().value(), 1e-12);
    // Ranks 4 1 3 2 and 4 3 1 2: squared differences 0 4 4 0, so 1 − 6 · 8 / 60.
    assertEquals(0.2, pair.order().value(), 1e-12);
  }

  @Test
  void aFileWithoutQuestionsIsRefused() throws IOException {
    for (String text : List.of("[]", "[{\"prompt\": \"p\"}]", "not JSON")) {
      Path file = Files.writeString(folder.resolve("planted.json"), text);
      LoupeException refusal = assertThrows(LoupeException.class, () -> PlantedQuestion.read(file));
      assertTrue(refusal.getMessage().contains("planted.json"), refusal.getMessage());
    }
  }

  @Test
  void oneModelAndNoQuestionAreRefused() {
    assertThrows(
        IllegalArgumentException.class,
        () ->
            new CompareInfluenceRequest(
                "p",
                Optional.empty(),
                Optional.empty(),
                folder,
                List.of(),
                Optional.empty(),
                3,
                false));
  }
}
