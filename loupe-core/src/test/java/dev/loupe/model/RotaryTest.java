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
  private final Rotary limited = new Rotary(false, List.of(1.0, 0.1), 1, 4);

  @Test
  void turnsUpToTheLastPositionItHoldsFor() {
    try (var _ = NativeScope.open()) {
      Rotary.Angles angles = limited.angles(new long[] {2, 3}, 1, DType.F64);
      assertEquals(Math.cos(0.3), angles.cosine().toDoubles()[3], 1e-15);
    }
  }

  @Test
  void refusesPositionsBeyond() {
    LoupeException refused =
        assertThrows(LoupeException.class, () -> limited.angles(new long[] {3, 4}, 1, DType.F64));
    assertTrue(String.valueOf(refused.getMessage()).contains("longer than 4 tokens"));
    assertTrue(String.valueOf(refused.getMessage()).contains("rope_scaling"));
  }
}
