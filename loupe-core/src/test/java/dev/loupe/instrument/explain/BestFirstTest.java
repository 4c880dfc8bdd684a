package dev.loupe.instrument.explain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.instrument.explain.ContrastSearch.Pick;
import dev.loupe.instrument.explain.ContrastSearch.Result;
import dev.loupe.instrument.explain.ContrastSearch.Visit;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The best-first search where the score of an edit is known. */
class BestFirstTest {
  private static final double[] WEIGHTS = {1, -2, 4, 0.5, 3, -7, 2, 0.25};
  private static final List<String> WORDS =
      IntStream.range(0, WEIGHTS.length).mapToObj(i -> "w" + i).toList();

  /** Every place has one other word. */
  private static String only(List<String> words, int place, int rank) {
    return rank == 0 ? words.get(place).toUpperCase(Locale.ROOT) : words.get(place);
  }

  private static double sum(List<String> edited) {
    return IntStream.range(0, WEIGHTS.length)
        .mapToDouble(i -> edited.get(i).equals(WORDS.get(i)) ? 0 : WEIGHTS[i])
        .sum();
  }

  private static Result search(double threshold, int budget, int mostWords) {
    return new BestFirst(
            WORDS, BestFirstTest::only, (edited, _) -> sum(edited), threshold, mostWords)
        .run(budget, Pick.random(1));
  }

  @Test
  void ofScoresThatAddUpTheStrongestSetComesFirst() {
    Result result = search(100, 18, 2);
    assertEquals(18, result.visits().size());
    assertEquals("budget", result.stop());
    assertEquals(Set.of(1, 5), Set.copyOf(result.best().changed()));
    assertEquals(Set.of(1, 5), Set.copyOf(result.visits().get(8).changed()), "at once");
    for (Visit visit : result.visits()) {
      assertTrue(visit.changed().size() <= 2);
      visit.changed().forEach(place -> assertEquals("W" + place, visit.words().get(place)));
    }
    Result all = search(100, 1000, 2);
    assertEquals("exhausted", all.stop());
    assertEquals(8 + 28, all.visits().size());
    assertEquals(8 + 28, all.visits().stream().map(Visit::words).distinct().count());
  }

  @Test
  void itStopsAtTheThresholdAndKeepsTheBudget() {
    Result single = search(6, 18, 3);
    assertEquals("threshold", single.stop());
    assertEquals(List.of(5), single.best().changed());
    assertEquals(6, search(100, 6, 3).visits().size());
  }

  /** The third word at the strongest place is stronger than the first, and then part of sets. */
  @Test
  void anEighthOfTheBudgetGoesToOtherWordsAtStrongPlaces() {
    Result result = ranked("w5!!!", 5, 24);
    assertEquals("w5!!!", result.best().words().get(5));
    assertEquals(
        List.of(List.of(5), List.of(2), List.of(5)),
        result.visits().subList(8, 11).stream().map(Visit::changed).toList());
    assertEquals(-18, result.best().score());
    assertEquals(24, result.visits().size());
  }

  /** A second word at a weak place counts in the best edit alone, which is tried at last. */
  @Test
  void theBestEditGetsOtherWordsAtLast() {
    Result result = ranked("w1!!", 1, 40);
    assertEquals(Set.of(1, 5), Set.copyOf(result.best().changed()));
    assertEquals(-18, result.best().score());
    assertTrue(result.visits().indexOf(result.best()) >= 35);
  }

  /** Places have ever longer words; one of them adds −9. */
  private static Result ranked(String strong, int place, int budget) {
    return new BestFirst(
            WORDS,
            (words, at, rank) -> words.get(at) + "!".repeat(rank + 1),
            (edited, _) -> sum(edited) + (edited.get(place).equals(strong) ? -9 : 0),
            100,
            2)
        .run(budget, Pick.random(1));
  }

  /** A word is written anew after what was changed before it: another order, another edit. */
  @Test
  void theOrderOfChangesCounts() {
    Result result =
        new BestFirst(
                List.of("a", "b"),
                (words, place, _) ->
                    place == 0 ? "A" : words.getFirst().equals("A") ? "after A" : "B",
                (edited, _) -> edited.equals(List.of("A", "after A")) ? 5 : 1,
                100,
                2)
            .run(8, Pick.random(1));
    assertEquals(5, result.best().score());
    assertEquals(
        Set.of(List.of("A", "b"), List.of("a", "B"), List.of("A", "after A"), List.of("A", "B")),
        Set.copyOf(result.visits().stream().map(Visit::words).toList()));
  }

  /** A model that knows no other word leaves nothing to score. */
  @Test
  void withoutOtherWordsNothingIsChanged() {
    Result result =
        new BestFirst(WORDS, (words, place, _) -> words.get(place), (_, _) -> 1, 100, 2)
            .run(18, Pick.random(1));
    assertEquals(List.of(), result.visits());
    assertEquals(WORDS, result.best().words());
  }
}
