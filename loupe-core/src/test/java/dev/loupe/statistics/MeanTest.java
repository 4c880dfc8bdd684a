package dev.loupe.statistics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

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

  @Test
  void theBootstrapSurroundsTheMeanAndIsRepeatable() {
    double[] values = {1, 2, 3, 4, 10};
    Estimate mean = Mean.bootstrap(values, 0.95, 1);
    assertEquals(4, mean.value());
    assertTrue(mean.low() > 1 && mean.low() < 4 && mean.high() > 4 && mean.high() < 10);
    assertEquals(mean, Mean.bootstrap(values, 0.95, 1));
    assertFalse(Mean.bootstrap(new double[] {7}, 0.95, 1).hasInterval());
  }
}
