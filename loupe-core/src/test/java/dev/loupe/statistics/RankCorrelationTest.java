package dev.loupe.statistics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class RankCorrelationTest {
  @Test
  void agreesWithScipyWithoutTies() {
    Estimate r =
        RankCorrelation.spearman(
            new double[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10},
            new double[] {2, 1, 4, 3, 7, 5, 6, 9, 10, 8},
            0.95);
    // scipy.stats.spearmanr; interval tanh(atanh(r) ± z sqrt((1 + r²/2) / (n − 3))) in numpy.
    assertEquals(0.9030303030303028, r.value(), 1e-14);
    assertEquals(0.5437486366274507, r.low(), 1e-13);
    assertEquals(0.9825825584339621, r.high(), 1e-13);
  }

  @Test
  void agreesWithScipyWithTies() {
    Estimate r =
        RankCorrelation.spearman(
            new double[] {1, 2, 2, 3, 3, 3, 5, 8}, new double[] {0.5, -1, 2, 2, 4, 4, 3, 9}, 0.95);
    assertEquals(0.8138058888328231, r.value(), 1e-14);
    assertEquals(0.12623124393136018, r.low(), 1e-13);
    assertEquals(0.9731989260000988, r.high(), 1e-13);
    assertEquals(
        0.19885368120992467,
        RankCorrelation.spearman(
                new double[] {3, 1, 4, 1, 5, 9, 2, 6}, new double[] {2, 7, 1, 8, 2, 8, 1, 8}, 0.95)
            .value(),
        1e-14);
  }

  @Test
  void givesNoIntervalWhereThereIsNone() {
    double[] three = {1, 2, 4};
    assertFalse(
        RankCorrelation.spearman(three, new double[] {1, 3, 2}, 0.95).hasInterval(), "n = 3");
    double[] five = {1, 2, 3, 4, 5};
    Estimate same = RankCorrelation.spearman(five, new double[] {10, 20, 30, 40, 50}, 0.95);
    assertEquals(1, same.value());
    assertFalse(same.hasInterval());
    Estimate reverse = RankCorrelation.spearman(five, new double[] {5, 4, 3, 2, 1}, 0.95);
    assertEquals(-1, reverse.value());
    assertFalse(reverse.hasInterval());
  }

  @Test
  void isUndefinedAgainstAConstant() {
    double[] constant = {0.0, -0.0, 0.0, 0.0};
    Estimate r = RankCorrelation.spearman(new double[] {1, 2, 3, 4}, constant, 0.95);
    assertTrue(Double.isNaN(r.value()));
    assertFalse(r.hasInterval());
  }

  @Test
  void refusesWhatHasNoRank() {
    assertThrows(
        IllegalArgumentException.class,
        () -> RankCorrelation.spearman(new double[] {1, Double.NaN}, new double[] {1, 2}, 0.95));
    assertThrows(
        IllegalArgumentException.class,
        () -> RankCorrelation.spearman(new double[] {1}, new double[] {1, 2}, 0.95));
  }
}
