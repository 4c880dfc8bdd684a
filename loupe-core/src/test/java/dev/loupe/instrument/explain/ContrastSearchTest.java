package dev.loupe.instrument.explain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.instrument.explain.ContrastSearch.Pick;
import dev.loupe.instrument.explain.ContrastSearch.Result;
import dev.loupe.instrument.explain.ContrastSearch.Visit;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The best-first search where the score of an edit is known. */
class ContrastSearchTest {
  private static final double[] WEIGHTS = {1, -2, 4, 0.5, 3, -7, 2, 0.25};

  private static ContrastSearch search(double threshold) {
    List<String> words = IntStream.range(0, WEIGHTS.length).mapToObj(i -> "w" + i).toList();
    return new ContrastSearch(
        words,
        (edited, place) -> edited.get(place).toUpperCase(Locale.ROOT),
        (_, changed) -> changed.stream().mapToDouble(place -> WEIGHTS[place]).sum(),
        threshold);
  }

  @Test
  void ofScoresThatAddUpTheStrongestSetComesFirst() {
    Result result = search(100).bestFirst(18, 2, Pick.random(1));
    assertEquals(18, result.visits().size());
    assertEquals("budget", result.stop());
    assertEquals(Set.of(1, 5), Set.copyOf(result.best().changed()));
    assertEquals(Set.of(1, 5), Set.copyOf(result.visits().get(8).changed()), "at once");
    assertEquals(
        18,
        result.visits().stream()
            .map(visit -> Set.copyOf(visit.changed()))
            .collect(Collectors.toSet())
            .size(),
        "nothing twice");
    for (Visit visit : result.visits()) {
      assertTrue(visit.changed().size() <= 2);
      visit.changed().forEach(place -> assertEquals("W" + place, visit.words().get(place)));
    }
    Result all = search(100).bestFirst(1000, 2, Pick.random(1));
    assertEquals("exhausted", all.stop());
    assertEquals(8 + 28, all.visits().size());
  }

  @Test
  void itStopsAtTheThresholdAndKeepsTheBudget() {
    Result single = search(6).bestFirst(18, 3, Pick.random(1));
    assertEquals("threshold", single.stop());
    assertEquals(List.of(5), single.best().changed());
    Result few = search(100).bestFirst(6, 3, Pick.random(1));
    assertEquals(6, few.visits().size());
  }
}
