package dev.loupe.instrument.audit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.fault.LoupeException;
import dev.loupe.instrument.Subject;
import dev.loupe.instrument.audit.BoundReport.Relation;
import dev.loupe.job.Run;
import dev.loupe.model.text.Prompt;
import dev.loupe.model.text.TextModel;
import dev.loupe.model.text.TextScore;
import dev.loupe.report.Finding;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Four answers, so |E| = 3 and the threshold is 1/3; both prompts alike, so draws do not matter.
 */
class MeasureBoundTest {
  @TempDir private Path folder;

  /** Gives the right answer, always " a.", one probability and shares some of the rest evenly. */
  private record Model(double right, double other) implements TextModel {
    @Override
    public String name() {
      return "model";
    }

    @Override
    public Optional<LoupeException> whyNoScores(Prompt prompt) {
      return Optional.empty();
    }

    @Override
    public List<TextScore> score(List<Continuation> continuations, LongConsumer done) {
      return continuations.stream()
          .map(each -> Math.log(each.text().equals(" a.") ? right : other))
          .map(log -> new TextScore(List.of("x"), List.of(log)))
          .toList();
    }

    @Override
    public List<Answer> answer(List<Prompt> prompts, int mostTokens, LongConsumer done) {
      throw new UnsupportedOperationException("answer");
    }

    @Override
    public List<List<Answer>> sample(List<Prompt> prompts, Sampling sampling, LongConsumer done) {
      throw new UnsupportedOperationException("sample");
    }
  }

  private static String fact(String subject, int count) {
    return "{\"relation\": \"r\", \"subject\": \"%s\", \"prompt\": \"%s is\", \"answer\": \" a.\", \"frequency\": 0.5, \"count\": %d}\n"
        .formatted(subject, subject, count);
  }

  private Finding<BoundReport> measured(double right, double other) throws IOException {
    Files.writeString(folder.resolve("facts.jsonl"), fact("Ada", 1) + fact("Ben", 0));
    Files.writeString(
        folder.resolve("answers.json"), "{\"r\": [\" a.\", \" b.\", \" c.\", \" d.\"]}");
    return new MeasureBound()
        .ask(new BoundRequest(folder, 20), Subject.of(new Model(right, other)), Run.silent(1));
  }

  /** p̂ = ¼ each: none is above 1/3, so the right one is taken for invalid, err_iiv = ½. */
  @Test
  void aModelThatKnowsNothing() throws IOException {
    Finding<BoundReport> finding = measured(0.25, 0.25);
    Relation found = finding.answer().relations().getFirst();
    assertEquals(0.75, found.error().value(), 1e-12);
    assertEquals(0.5, found.validityError().value(), 1e-12);
    assertEquals(0, found.delta().value(), 1e-12);
    assertEquals(1 - 1 / 3.0, found.theorem1(), 1e-12);
    assertEquals(0.75 - 2 / 3.0, found.slack(), 1e-12);
    assertEquals(1, found.singletonRate());
    assertEquals(0.5, found.missingMass(), 1e-12);
    assertTrue(finding.evidence().getFirst().verdict().name().equals("PASSED"));
    // All of p lies in the bin of ¼, which has all of p̂ too.
    assertEquals(0, found.miscalibration(), 1e-12);
  }

  /** Half of its probability is outside: p̂ = 0.7 and 0.1 after division. */
  @Test
  void aModelThatKnowsButDoubts() throws IOException {
    Relation found = measured(0.35, 0.05).answer().relations().getFirst();
    assertEquals(0.3, found.error().value(), 1e-12);
    assertEquals(0, found.validityError().value(), 1e-12);
    assertEquals(-0.3, found.delta().value(), 1e-12);
    assertEquals(0.5, found.otherMass(), 1e-12);
    assertEquals(-1 / 3.0 - 0.3, found.theorem1(), 1e-12);
    // p has 1 and p̂ 0.7 in the first bin.
    assertEquals(Math.log(1 / 0.7), found.miscalibration(), 1e-12);
    assertEquals(0.3, found.miscalibrationVariation(), 1e-12);
    assertEquals(2, found.byCount().size());
  }

  @Test
  void anotherFolderIsRefused() throws IOException {
    Files.writeString(folder.resolve("facts.jsonl"), "{\"relation\": \"r\"}\n");
    Files.writeString(folder.resolve("answers.json"), "{}");
    LoupeException refused =
        assertThrows(
            LoupeException.class,
            () ->
                new MeasureBound()
                    .ask(new BoundRequest(folder, 20), Subject.of(new Model(1, 0)), Run.silent(1)));
    assertFalse(refused.remedy().isBlank());
  }
}
