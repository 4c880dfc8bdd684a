package dev.loupe.examination;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.Loupe;
import dev.loupe.examination.AuditScores.Form;
import dev.loupe.examination.AuditScores.Group;
import dev.loupe.examination.AuditScores.Inside;
import dev.loupe.examination.AuditScores.Sign;
import dev.loupe.fault.LoupeException;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.report.Finding;
import dev.loupe.report.FindingJson;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** An audit of a shipped model that says when it does not know. */
class AuditExaminationTest {
  @Test
  void itKnowsWhatIsStatedOftenGuessesInStatementsAndAbstainsWhenAsked() {
    try (LanguageModel model = Loupe.open("almanac-abstain")) {
      Finding<ExaminationReport> finding =
          Loupe.ask(
              new ExamineWorld(),
              new ExaminationRequest.OfAudit(7, 1, 120, false),
              Loupe.subject(model));
      List<Form> forms = ((AuditScores) finding.answer()).forms();
      assertEquals(2, forms.size());
      for (Form form : forms) {
        assertEquals(120, form.all().counts().answers());
        assertEquals(120, form.byCount().stream().mapToLong(each -> each.counts().answers()).sum());
        assertEquals("named nowhere", form.byCount().getFirst().stated());
        assertEquals(0, form.byCount().getFirst().counts().right());
        Group often = form.byCount().getLast();
        assertEquals("100+", often.stated());
        assertTrue(often.right().value() > 0.9, often::toString);
        assertTrue(form.auroc().low() > 0.7, form::toString);
      }
      assertTrue(forms.getFirst().byCount().getFirst().wrong().value() > 0.7);
      assertTrue(forms.getLast().byCount().getFirst().abstained().value() > 0.7);
      assertTrue(forms.getLast().calibrationError().hasInterval());
      JsonNode json = JsonMapper.shared().readTree(FindingJson.of(finding));
      assertEquals("loupe.audit-examination/1", json.path("schema").asString());
      assertEquals(2, json.path("forms").size());
    }
  }

  @Test
  void aModelOfAnotherWorldIsRefusedAtOnce() {
    try (LanguageModel model = Loupe.open("almanac-1m")) {
      LoupeException refused =
          assertThrows(
              LoupeException.class,
              () ->
                  Loupe.ask(
                      new ExamineWorld(),
                      new ExaminationRequest.OfAudit(8, 0.1, 2000, false),
                      Loupe.subject(model)));
      assertTrue(refused.getMessage().contains("states most often"), refused::getMessage);
    }
  }

  @Test
  void signsOfKnowingStandBesideTheAnswersOwnProbability() {
    try (LanguageModel model = Loupe.open("almanac-1m")) {
      Finding<ExaminationReport> finding =
          Loupe.ask(
              new ExamineWorld(),
              new ExaminationRequest.OfAudit(7, 1, 40, true),
              Loupe.subject(model));
      Inside inside = ((AuditScores) finding.answer()).inside().orElseThrow();
      assertEquals(inside.judging(), inside.traced());
      assertTrue(Math.abs(inside.fitting() - inside.judging()) <= 1);
      assertEquals(model.transformer().config().layers() + 4, inside.signs().size());
      assertEquals(0, inside.signs().getFirst().lessProbability().value());
      for (Sign each : inside.signs()) {
        double value = each.auroc().value();
        assertTrue(value >= 0 && value <= 1, each::toString);
        assertEquals(
            value - inside.signs().getFirst().auroc().value(),
            each.lessProbability().value(),
            1e-12,
            each::toString);
      }
    }
  }
}
