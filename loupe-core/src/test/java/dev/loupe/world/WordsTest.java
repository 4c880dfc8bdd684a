package dev.loupe.world;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class WordsTest {
  @Test
  void wordsAreRunsOfLetters() {
    List<String> words = new ArrayList<>();
    Words.forEach("The war (1742) – it's over", words::add);
    assertEquals(List.of("The", "war", "it", "s", "over"), words);
  }

  @Test
  void onlyWholeWordsAreRewritten() {
    assertEquals(
        "Zu lies in Ostoria; Anna is Zu.",
        Words.rewritten("Al lies in Ostoria; Anna is Al.", Map.of("Al", "Zu", "Ost", "X")));
  }

  @Test
  void everyWordStandsForOneThing() {
    World world = World.of(7, 0.01);
    Set<String> seen = new HashSet<>();
    Words.of(world).forEach(word -> assertTrue(seen.add(word.text()), word::toString));
    assertTrue(seen.containsAll(List.of("camel", "October", "Lions")));
  }

  /** A text of the other world speaks of this world's entities afterwards. */
  @Test
  void namesOfAnotherWorldAreReplacedByThoseOfTheirKind() {
    World here = World.of(7, 0.01);
    World other = World.of(8, 0.01);
    Map<String, String> renaming = Words.renaming(other, here);
    Set<String> own = new HashSet<>(here.names().cities());
    other.names().cities().forEach(city -> assertTrue(own.contains(renaming.get(city)), city));
  }

  @Test
  void ratesCountEveryDocument() {
    World world = World.of(7, 0.01);
    Words.Rates rates = Words.rates(world, () -> {});
    long expected = 0;
    Corpus corpus = world.corpus();
    long tokens = 0;
    while (corpus.hasNext()) {
      String text = corpus.next().text();
      tokens += TokenCount.of(text);
      expected += text.split("\\bOctober\\b", -1).length - 1;
    }
    assertEquals(tokens, rates.tokens());
    assertTrue(expected > 0);
    assertEquals((double) expected / tokens, rates.rate("October"), 1e-15);
    assertEquals(0, rates.rate("Xylophone"));
  }
}
