package dev.loupe.instrument.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class EdgeCheckTest {
  /** 30 layers of 9 heads, as in SmolLM2. */
  private static int affordable(int tokens) {
    return EdgeCheck.affordable(30, 9, tokens);
  }

  @Test
  void theLongerThePromptTheFewerFeaturesAreTested() {
    assertTrue(affordable(300) > 10, "all that are asked for");
    assertTrue(affordable(400) > 0 && affordable(400) < 10, "some");
    assertEquals(0, affordable(1_777));
    assertEquals(0, affordable(1_000_000));
  }

  @Test
  void whatIsTestedFits() {
    for (int tokens = 1; tokens < 600; tokens++) {
      double patterns = 9.0 * tokens * tokens;
      assertTrue(affordable(tokens) == 0 || patterns * (30 + 3.0 * affordable(tokens)) <= 1 << 26);
    }
  }
}
