package dev.loupe.statistics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProportionTest {
  /** Expected ends from scipy 1.x, {@code binomtest(k, n).proportion_ci(level, 'wilson')}. */
  @ParameterizedTest
  @CsvSource({
    "56, 70, 0.95, 0.6918335550374693, 0.8769526075163704",
    "0, 20, 0.95, 0.0, 0.16112515805281935",
    "20, 20, 0.95, 0.8388748419471808, 1.0",
    "3, 7, 0.90, 0.18644319036395607, 0.7105229089864071",
    "480, 1000, 0.99, 0.4395711016911704, 0.5206925449049659"
  })
  void agreesWithScipy(long successes, long trials, double level, double low, double high) {
    Estimate share = Proportion.wilson(successes, trials, level);
    assertEquals((double) successes / trials, share.value());
    assertEquals(low, share.low(), 1e-13);
    assertEquals(high, share.high(), 1e-13);
    assertEquals(level, share.level());
  }

  @Test
  void refusesCountsThatMakeNoShare() {
    assertThrows(IllegalArgumentException.class, () -> Proportion.wilson(0, 0, 0.95));
    assertThrows(IllegalArgumentException.class, () -> Proportion.wilson(3, 2, 0.95));
    assertThrows(IllegalArgumentException.class, () -> Proportion.wilson(1, 2, 1));
  }

  /** Expected from scipy, {@code norm.ppf((1 + level) / 2)}. */
  @ParameterizedTest
  @CsvSource({
    "0.5, 0.6744897501960817",
    "0.8, 1.2815515655446004",
    "0.9, 1.6448536269514722",
    "0.95, 1.959963984540054",
    "0.99, 2.5758293035489004",
    "0.999, 3.2905267314919255",
    "0.999999, 4.891638475671085",
    "0.999999999999, 7.130509300503184"
  })
  void normalQuantilesAgreeWithScipy(double level, double z) {
    // The last level has few digits left in its tail.
    assertEquals(z, Normal.twoSided(level), level > 0.9999999 ? 1e-5 : 1e-10);
  }
}
