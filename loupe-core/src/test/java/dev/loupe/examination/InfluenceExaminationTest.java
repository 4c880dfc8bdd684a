package dev.loupe.examination;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.Loupe;
import dev.loupe.RandomAlmanacModel;
import dev.loupe.instrument.Subject;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.report.Finding;
import dev.loupe.report.FindingJson;
import dev.loupe.world.World;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The examination of influence on a small world, by a model that always says one word. */
class InfluenceExaminationTest {
  private static final World SMALL = World.of(7, 0.02);

  @TempDir private Path folder;

  @Test
  void questionsAnsweredRightAreCountedAgainstTheirDocuments() throws IOException {
    String says =
        SMALL.facts().stream()
            .filter(fact -> fact.relation().label().equals("country-language"))
            .findFirst()
            .orElseThrow()
            .object();
    try (LanguageModel model = RandomAlmanacModel.open(folder, SMALL, says)) {
      Subject subject = Subject.of(model, () -> "ab12");
      Finding<ExaminationReport> finding =
          Loupe.ask(new ExamineWorld(), new ExaminationRequest.OfInfluence(7, 0.02, 3), subject);
      InfluenceScores scores = (InfluenceScores) finding.answer();
      assertTrue(scores.questions() >= 1 && scores.questions() <= 3, "" + scores.questions());
      assertTrue(scores.stating() >= InfluenceExamination.LEAST_STATED, "" + scores.stating());
      assertTrue(scores.documents() > scores.stating());
      assertEquals(5, scores.methods().size());
      assertEquals(scores.methods().size(), finding.evidence().size());
      for (InfluenceScores.Method method : scores.methods()) {
        assertTrue(method.recall().low() <= method.recall().value(), method.name());
        assertTrue(method.found().high() >= method.found().value(), method.name());
      }
      JsonNode json = JsonMapper.shared().readTree(FindingJson.of(finding));
      assertEquals("loupe.influence-examination/1", json.path("schema").asString());
      assertEquals(5, json.path("methods").size());
    }
  }
}
