package dev.loupe.statistics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RatioTest {
  @Test
  void isTheRatioOfTheSums() {
    Estimate ratio = Ratio.bootstrap(new double[] {1, 2}, new double[] {2, 10}, 0.95, 1);
    assertEquals(0.25, ratio.value());
    assertTrue(ratio.low() >= 0.2 && ratio.high() <= 0.5, () -> ratio.toString());
    assertFalse(Ratio.bootstrap(new double[] {1}, new double[] {2}, 0.95, 1).hasInterval());
  }

  /** Of equal clusters the bootstrap's interval is about the normal one of the mean. */
  @Test
  void intervalIsAboutTheNormalOne() {
    Random random = new Random(3);
    double[] values = new double[400];
    double[] ones = new double[400];
    Arrays.setAll(values, _ -> 5 + random.nextGaussian());
    Arrays.fill(ones, 1);
    Estimate ratio = Ratio.bootstrap(values, ones, 0.95, 4);
    Estimate mean = Mean.of(values, 0.95);
    // A thousand resamples give an end to about a tenth of the half width.
    assertEquals(mean.low(), ratio.low(), 0.025);
    assertEquals(mean.high(), ratio.high(), 0.025);
  }

  @Test
  void nothingHasNoRatio() {
    assertThrows(
        IllegalArgumentException.class,
        () -> Ratio.bootstrap(new double[0], new double[0], 0.95, 1));
  }
}
