package dev.loupe.statistics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.function.ToDoubleFunction;
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

  /** The closed form of the jackknife is that of the general one. */
  @Test
  void bcaIsThatOfTheBootstrapOfTheSameDraws() {
    double[] values = {1, 2, 3, 4, 10};
    double[] ones = {1, 1, 1, 1, 1};
    ToDoubleFunction<int[]> mean =
        items -> Arrays.stream(items).mapToDouble(i -> values[i]).average().orElseThrow();
    Interval expected =
        Bootstrap.bca(
                4,
                Bootstrap.resample(5, Mean.RESAMPLES, 3, mean),
                Bootstrap.jackknife(5, mean),
                0.9)
            .interval();
    Estimate found = Mean.bca(values, ones, 0.9, 3);
    assertEquals(4, found.value());
    assertEquals(expected.low(), found.low(), 1e-12);
    assertEquals(expected.high(), found.high(), 1e-12);
    assertTrue(found.low() < 4 && found.high() > 4);
  }

  @Test
  void clustersAreDrawnWhole() {
    Estimate apart = Mean.bca(new double[] {0, 0, 6, 6}, new double[] {1, 1, 1, 1}, 0.95, 0);
    Estimate together = Mean.bca(new double[] {0, 12}, new double[] {2, 2}, 0.95, 0);
    assertEquals(apart.value(), together.value());
    assertTrue(together.high() - together.low() >= apart.high() - apart.low());
    assertFalse(Mean.bca(new double[] {7}, new double[] {2}, 0.95, 0).hasInterval());
    assertFalse(Mean.bca(new double[] {2, 2}, new double[] {1, 1}, 0.95, 0).hasInterval());
    assertThrows(
        IllegalArgumentException.class, () -> Mean.bca(new double[1], new double[2], 0.95, 0));
  }
}
