package dev.loupe.statistics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class MeanTest {
  @Test
  void theIntervalIsSoManyStandardErrorsWide() {
    Estimate mean = Mean.of(new double[] {1, 2, 3, 4, 5}, 0.95);
    assertEquals(3, mean.value(), 1e-12);
    double half = 1.959963985 * Math.sqrt(2.5 / 5); // sample variance 2.5
    assertEquals(3 - half, mean.low(), 1e-8);
    assertEquals(3 + half, mean.high(), 1e-8);
  }

  @Test
  void oneValueHasNoInterval() {
    assertFalse(Mean.of(new double[] {7}, 0.95).hasInterval());
    assertThrows(IllegalArgumentException.class, () -> Mean.of(new double[0], 0.95));
  }
}
