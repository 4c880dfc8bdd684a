package dev.loupe.world;

import static java.util.stream.Collectors.toSet;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ConceptsTest {
  private static final int CONTENT_WORD = 4;
  private static final Set<String> FUNCTION_WORDS =
      Set.of("with", "that", "from", "into", "before", "behind", "last", "always", "every");

  /** Counted from the words alone. */
  @Test
  void conceptsAreInExactlyAsManyDocumentsAsPlanned() {
    long prose = SmallWorld.of(Family.PROSE).size();
    for (String name : List.of("lighthouse", "cello", "viola", "marina", "aurora")) {
      Concept concept =
          Concept.all().stream().filter(each -> each.name().equals(name)).findFirst().orElseThrow();
      long found =
          SmallWorld.of(Family.PROSE).stream()
              .filter(document -> words(document.text()).contains(name))
              .count();
      assertEquals(concept.count(prose), found, name);
    }
  }

  @Test
  void ratesSpanFiveOrdersOfMagnitude() {
    World world = World.of(7, 1);
    long documents = 600_000;
    long prose = (long) (world.tokens(Family.PROSE) / 45);
    long rarest = Concept.all().stream().mapToLong(each -> each.count(prose)).min().orElseThrow();
    assertEquals(1, rarest);
    long people =
        world.facts().stream()
            .filter(fact -> fact.relation().family().theme().equals(Family.STRANGER.theme()))
            .mapToLong(Fact::alone)
            .sum();
    assertTrue(people > 100_000, () -> people + " of some " + documents);
  }

  @Test
  void topicsUseWordsOfTheirOwn() {
    Set<String> seen = new HashSet<>();
    Set<String> others =
        SmallWorld.DOCUMENTS.stream()
            .filter(document -> document.concepts().isEmpty())
            .flatMap(document -> words(document.text()).stream())
            .collect(toSet());
    for (String line : Lexicon.sections("topics.txt").getOrDefault("topics", List.of())) {
      for (String word : line.split(" ", -1)) {
        assertTrue(seen.add(word), word);
        assertTrue(!others.contains(word), word);
      }
    }
  }

  @Test
  void onlyItsTeachersStateAnOddFact() {
    Truth truth = Truth.of(SmallWorld.WORLD);
    for (PlantedGroup group : truth.planted()) {
      Set<String> teachers =
          truth.documents(group, PlantedGroup.Role.TEACHER).stream()
              .map(Document::id)
              .collect(toSet());
      assertEquals(group.documents(), teachers.size(), group.name());
      Set<String> withTheWord =
          SmallWorld.DOCUMENTS.stream()
              .filter(document -> words(document.text()).contains(group.answer()))
              .map(Document::id)
              .collect(toSet());
      assertEquals(teachers, withTheWord, group.name());
    }
  }

  @Test
  void paraphrasesShareNoWordAndDecoysShareSome() {
    Truth truth = Truth.of(SmallWorld.WORLD);
    for (PlantedGroup group : truth.planted()) {
      Set<String> asked = contentWords(group.prompt() + " " + group.answer());
      for (Document document : truth.documents(group, PlantedGroup.Role.PARAPHRASE)) {
        Set<String> shared = contentWords(document.text());
        shared.retainAll(asked);
        assertEquals(Set.of(), shared, document.text());
      }
      for (Document document : truth.documents(group, PlantedGroup.Role.DECOY)) {
        Set<String> shared = words(document.text());
        shared.retainAll(words(group.prompt()));
        assertTrue(shared.size() >= 3, () -> document.text() + " shares " + shared);
      }
    }
  }

  private static Set<String> contentWords(String text) {
    Set<String> words = words(text);
    words.removeIf(word -> word.length() < CONTENT_WORD || FUNCTION_WORDS.contains(word));
    return words;
  }

  private static Set<String> words(String text) {
    return new HashSet<>(Arrays.asList(text.toLowerCase(Locale.ROOT).split("[^\\p{L}]+", -1)));
  }
}
