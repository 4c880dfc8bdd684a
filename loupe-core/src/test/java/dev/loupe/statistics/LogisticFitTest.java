package dev.loupe.statistics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import org.junit.jupiter.api.Test;

class LogisticFitTest {
  /** Two values of x: the fitted probabilities are the shares, so the logits are exact. */
  @Test
  void twoGroupsAreFittedExactly() {
    double[] x = {0, 0, 0, 0, 1, 1, 1, 1};
    boolean[] outcome = {true, false, false, false, true, true, true, false};
    LogisticFit fit = LogisticFit.of(x, outcome).orElseThrow();
    assertEquals(Math.log(1.0 / 3), fit.intercept(), 1e-12);
    assertEquals(2 * Math.log(3), fit.slope(), 1e-12);
    assertEquals(0.5, fit.midpoint(), 1e-12);
    assertEquals(0.75, fit.at(1), 1e-12);
    // Woolf: the variance of a log odds ratio is the sum of the reciprocal counts.
    assertEquals(1 + 1 / 3.0 + 1 / 3.0 + 1, fit.slopeVariance(), 1e-12);
    assertTrue(fit.midpoint(0.95, "x").low() < 0.5 && fit.mcFadden() > 0);
  }

  @Test
  void whatHasNoMaximumIsNotFitted() {
    assertEquals(Optional.empty(), LogisticFit.of(new double[] {1, 2}, new boolean[] {true, true}));
    assertEquals(
        Optional.empty(),
        LogisticFit.of(new double[] {1, 2, 3}, new boolean[] {false, false, true}));
    assertEquals(
        Optional.empty(),
        LogisticFit.of(new double[] {1, 2, 2, 3}, new boolean[] {false, true, false, true}));
    assertEquals(
        Optional.empty(), LogisticFit.of(new double[] {2, 2}, new boolean[] {false, true}));
  }

  @Test
  void whatIsNoNumberIsRefused() {
    assertThrows(
        IllegalArgumentException.class,
        () -> LogisticFit.of(new double[] {Double.NaN}, new boolean[] {true}));
    assertThrows(
        IllegalArgumentException.class, () -> LogisticFit.of(new double[] {1}, new boolean[] {}));
  }
}
