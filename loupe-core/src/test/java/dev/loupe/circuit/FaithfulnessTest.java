package dev.loupe.circuit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.fault.LoupeException;
import dev.loupe.statistics.Estimate;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** The quotient, what it refuses to divide by, and areas in closed form. */
class FaithfulnessTest {
  @Test
  void meansAreFormedBeforeTheQuotient() {
    Faithfulness scale = new Faithfulness(new double[] {4, 8}, new double[] {0, 2});
    assertEquals(0.5, scale.of(new double[] {1, 6}), 1e-15); // (3.5 − 1) / (6 − 1)
    assertEquals(0, scale.of(new double[] {0, 2}), 1e-15);
    assertEquals(1, scale.of(new double[] {4, 8}), 1e-15);
    Estimate estimate = scale.estimate(new double[] {1, 6}, 1);
    assertEquals(0.5, estimate.value(), 1e-15);
    assertTrue(estimate.low() < 0.5 && estimate.high() > 0.5);
  }

  @Test
  void aDifferenceTooSmallToDivideByIsRefusedWithBothNumbers() {
    LoupeException thrown =
        assertThrows(
            LoupeException.class, () -> new Faithfulness(new double[] {2.77}, new double[] {2.66}));
    assertTrue(thrown.getMessage().contains("2.7700"), thrown.getMessage());
    assertTrue(thrown.getMessage().contains("2.6600"), thrown.getMessage());
    double[] none = {0};
    assertThrows(LoupeException.class, () -> new Faithfulness(none, none));
    double[] undefined = {Double.NaN};
    assertThrows(LoupeException.class, () -> new Faithfulness(undefined, none));
  }

  @Test
  void areasOfAConstantAndOfACircuitThatDoesNothingBeforeItIsWhole() {
    double[] whole = new double[Shares.MIB.size()];
    Arrays.fill(whole, 1);
    assertEquals(0.999, Shares.cpr(whole), 1e-12);
    assertEquals(0, Shares.cmd(whole), 1e-12);
    double[] last = new double[Shares.MIB.size()];
    last[last.length - 1] = 1;
    assertEquals(0.25, Shares.cpr(last), 1e-12);
    assertEquals(0.749, Shares.cmd(last), 1e-12);
  }

  @Test
  void ranksFallByScoreAndTiesByNumber() {
    assertEquals("[1, 3, 0, 2]", Arrays.toString(Shares.ranked(new double[] {1, 3, 1, 2})));
  }
}
