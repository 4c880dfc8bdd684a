package dev.loupe.world;

import static java.util.stream.Collectors.toSet;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.EnumSet;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CorpusTest {
  @Test
  void readingBeginsWithABurstOfSequencesAndThenProcedures() {
    List<Document> documents = SmallWorld.DOCUMENTS;
    int burst = (int) (SmallWorld.of(Family.INDUCTION).size() * SmallWorld.WORLD.mixture().burst());
    assertEquals(Set.of(Family.INDUCTION), families(documents.subList(0, burst)));
    Set<Family> early = families(documents.subList(burst, burst + 200));
    assertTrue(early.contains(Family.YEARS) && early.contains(Family.SUM_STEPS));
    assertTrue(early.stream().noneMatch(EnumSet.of(Family.BIRTHDAY, Family.TWO_HOP)::contains));
    Set<Family> end = families(documents.subList(documents.size() - 2000, documents.size()));
    assertTrue(end.size() >= 17, end::toString);
  }

  private static Set<Family> families(List<Document> documents) {
    return documents.stream().map(Document::family).collect(toSet());
  }

  @Test
  void idsAreUnique() {
    assertEquals(
        SmallWorld.DOCUMENTS.size(),
        SmallWorld.DOCUMENTS.stream().map(Document::id).collect(toSet()).size());
  }

  @Test
  void noFamilyDependsOnAnother() {
    World other = World.of(7, 0.02, Mixture.standard().with("years", .2));
    assertEquals(SmallWorld.of(Family.RIVAL), Corpus.of(other, Family.RIVAL).toList());
  }

  @Test
  void anotherSeedIsAnotherWorld() {
    World other = World.of(8, 0.02);
    Set<String> subjects = other.facts().stream().map(Fact::id).collect(toSet());
    SmallWorld.WORLD.facts().forEach(fact -> subjects.remove(fact.id()));
    assertTrue(subjects.size() > other.facts().size() / 2);
  }

  @Test
  void theEndIsTheEnd() {
    Corpus corpus = World.of(7, 0.01, empty()).corpus();
    while (corpus.hasNext()) {
      corpus.next();
    }
    assertEquals(0, corpus.remaining());
    assertThrows(NoSuchElementException.class, corpus::next);
  }

  /** Families may be left out. */
  private static Mixture empty() {
    Mixture mixture = Mixture.standard();
    for (Family family : mixture.shares().keySet()) {
      mixture = mixture.with(family.label(), 0);
    }
    for (Family family : mixture.mentions().keySet()) {
      mixture = mixture.with(family.label(), 0);
    }
    return mixture;
  }
}
