package dev.loupe.examination;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.Loupe;
import dev.loupe.RandomAlmanacModel;
import dev.loupe.examination.VerifyScores.Confusion;
import dev.loupe.instrument.Subject;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.report.Finding;
import dev.loupe.report.FindingJson;
import dev.loupe.world.World;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Verification on a small world, judged by a model that knows nothing. */
class VerifyExaminationTest {
  private static final World SMALL = World.of(7, 0.02);

  @TempDir private Path folder;

  @Test
  void retrievalAndWordsAreRightWhereTheJudgeIsNot() throws IOException {
    String says =
        SMALL.facts().stream()
            .filter(fact -> fact.relation().label().equals("country-language"))
            .findFirst()
            .orElseThrow()
            .object();
    try (LanguageModel model = RandomAlmanacModel.open(folder, SMALL, says)) {
      Finding<ExaminationReport> finding =
          Loupe.ask(
              new ExamineWorld(),
              new ExaminationRequest.OfVerify(7, 0.02, 18),
              Subject.of(model, () -> "ab12"));
      VerifyScores scores = (VerifyScores) finding.answer();
      assertEquals(List.of(6, 6), scores.claims().subList(0, 2));
      assertTrue(scores.retrieved().value() > 0.8, scores::toString);
      for (Confusion each : List.of(scores.judgeAlone(), scores.judged(), scores.byWords())) {
        for (int kind = 0; kind < 3; kind++) {
          assertEquals(
              scores.claims().get(kind),
              each.counts().get(kind).stream().mapToInt(Integer::intValue).sum());
        }
      }
      // Words seldom support a claim that is false, and never one that is stated nowhere; what
      // they support is true.
      assertTrue(scores.byWords().counts().get(1).getFirst() <= 1, scores::toString);
      assertEquals(0, scores.byWords().counts().get(2).getFirst());
      assertTrue(scores.byWords().counts().getFirst().getFirst() >= 1, scores::toString);
      JsonNode json = JsonMapper.shared().readTree(FindingJson.of(finding));
      assertEquals("loupe.verify-examination/1", json.path("schema").asString());
      assertEquals(3, json.path("byWords").path("recall").size());
    }
  }
}
