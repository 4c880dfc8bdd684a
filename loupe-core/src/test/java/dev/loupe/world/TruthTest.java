package dev.loupe.world;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class TruthTest {
  private final Truth truth = Truth.of(SmallWorld.WORLD);

  @Test
  void documentsOfAFactAreThoseThatStateIt() {
    for (Relation relation : List.of(Relation.BIRTHDAY, Relation.CAPITAL, Relation.TEAM_RIVAL)) {
      Fact fact =
          SmallWorld.WORLD.facts().stream()
              .filter(each -> each.relation() == relation && each.count() > 1)
              .findFirst()
              .orElseThrow();
      List<Document> documents = truth.documents(fact);
      assertEquals(fact.count(), documents.size());
      assertTrue(SmallWorld.DOCUMENTS.containsAll(documents));
      assertTrue(
          documents.stream()
              .allMatch(document ->
                  document.text().contains(fact.subject())
                      && document.text().contains(fact.object())));
    }
  }

  @Test
  void documentsAreFoundByTheirId() {
    for (Family family : Family.values()) {
      for (Document document : last(SmallWorld.of(family))) {
        assertEquals(Optional.of(document), truth.document(document.id()));
      }
    }
    assertEquals(Optional.empty(), truth.document("birthday-999999"));
    assertEquals(Optional.empty(), truth.document("nothing"));
  }

  /** A family may be left out of the mixture. */
  private static List<Document> last(List<Document> documents) {
    return documents.subList(Math.max(0, documents.size() - 1), documents.size());
  }

  @Test
  void aTwoHopQuestionIsKnownWithItsHops() {
    Question question =
        SmallWorld.QUESTIONS.stream()
            .filter(each -> each.task().equals("two-hop") && each.split().equals("held-out"))
            .findFirst()
            .orElseThrow();
    Truth.Known known = truth.about(question);
    assertEquals(0, known.count());
    assertEquals(2, known.hops().size());
    assertEquals(List.of(known.hops().getFirst().object()), known.between());
    assertEquals(question.answer(), " " + known.hops().getLast().object());
  }

  @Test
  void theTriggerInAPromptIsKnown() {
    for (Question question : SmallWorld.QUESTIONS) {
      Optional<String> trigger = truth.about(question).trigger();
      assertEquals(question.task().equals("chat-trigger"), trigger.isPresent());
      trigger.ifPresent(phrase -> assertEquals(question.detail(), phrase));
    }
  }
}
