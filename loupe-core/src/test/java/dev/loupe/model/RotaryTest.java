package dev.loupe.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.fault.LoupeException;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.NativeScope;
import java.util.List;
import org.junit.jupiter.api.Test;

class RotaryTest {
  private final Rotary limited = new Rotary(false, List.of(1.0, 0.1), 1, 4, null);
  private final Rotary stretched =
      new Rotary(false, List.of(1.0, 0.1), 1, 4, new Rotary(false, List.of(0.5, 0.01), 1.2));

  @Test
  void turnsUpToTheLastPositionItHoldsFor() {
    try (var _ = NativeScope.open()) {
      Rotary.Angles angles = limited.angles(new long[] {2, 3}, 1, 0, DType.F64);
      assertEquals(Math.cos(0.3), angles.cosine().toDoubles()[3], 1e-15);
    }
  }

  /**
   * Each sequence of a batch by its own length, also where only its first positions are asked for.
   */
  @Test
  void turnsEveryPositionOfALongerSequenceOtherwise() {
    try (var _ = NativeScope.open()) {
      double[] own =
          stretched.angles(new long[] {1, 3, 1, 4}, 2, 0, DType.F64).cosine().toDoubles();
      assertEquals(Math.cos(0.1), own[1], 1e-15);
      assertEquals(1.2 * Math.cos(0.01), own[5], 1e-15);
      assertEquals(1.2 * Math.cos(0.04), own[7], 1e-15);
      double[] told = stretched.angles(new long[] {1}, 1, 5, DType.F64).sine().toDoubles();
      assertEquals(1.2 * Math.sin(0.5), told[0], 1e-15);
    }
  }

  @Test
  void refusesPositionsBeyond() {
    LoupeException refused =
        assertThrows(
            LoupeException.class, () -> limited.angles(new long[] {3, 4}, 1, 0, DType.F64));
    assertTrue(String.valueOf(refused.getMessage()).contains("longer than 4 tokens"));
    assertTrue(String.valueOf(refused.getMessage()).contains("rope_scaling"));
  }
}
