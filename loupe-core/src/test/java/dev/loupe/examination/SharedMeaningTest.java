package dev.loupe.examination;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Features that fire on a theme in both of its forms. */
class SharedMeaningTest {
  private static List<int[]> documents(int count, int... active) {
    return Collections.nCopies(count, active);
  }

  /**
   * Feature 0 is always active; 1 fires on all concrete documents; 2 and 3 on one theme in both
   * forms; 4 on the abstract form of the first alone.
   */
  @Test
  void whatBelongsToAThemeIsMoreThanWhatItsFormShares() {
    SharedMeaning shared =
        SharedMeaning.of(
            List.of("turns", "balance", "division"),
            List.of(documents(20, 0, 2, 4), documents(20, 0, 3), documents(20, 0)),
            List.of(documents(20, 0, 1, 2), documents(20, 0, 1, 3), documents(20, 0, 1)),
            documents(50, 0),
            6,
            500,
            new Random(3));
    assertEquals(List.of(2, 4), shared.themes().getFirst().onAbstract());
    assertEquals(List.of(1, 2), shared.themes().getFirst().onConcrete());
    assertEquals(List.of(2), shared.themes().getFirst().both());
    assertEquals(0.5, shared.themes().getFirst().share().value());
    assertEquals(2, shared.both());
    assertTrue(shared.meanByChance() < 0.5, "mean " + shared.meanByChance());
    assertTrue(shared.p() < 0.05, "p " + shared.p());
  }

  /** What fires on every form of every theme is there by chance as well. */
  @Test
  void whatAllThemesShareIsChance() {
    SharedMeaning shared =
        SharedMeaning.of(
            List.of("turns", "balance"),
            List.of(documents(20, 1), documents(20, 1)),
            List.of(documents(20, 1), documents(20, 1)),
            documents(50, 0),
            3,
            50,
            new Random(3));
    assertEquals(2, shared.both());
    assertEquals(2, shared.meanByChance());
    assertEquals(1, shared.p());
  }
}
