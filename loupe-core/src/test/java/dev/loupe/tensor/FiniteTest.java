package dev.loupe.tensor;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class FiniteTest {
  private static boolean isFinite(DType dtype, double... values) {
    try (var _ = NativeScope.open()) {
      return Tensor.of(values, values.length).to(dtype).isFinite();
    }
  }

  @Test
  void valuesWhoseSumOverflowsAreFinite() {
    for (DType dtype : new DType[] {DType.F32, DType.BF16}) {
      assertTrue(isFinite(dtype, 3e38, 3e38, 1));
      assertTrue(isFinite(dtype, 3e38, 3e38, -3e38, -3e38));
      assertTrue(isFinite(dtype));
    }
  }

  @Test
  void oneValueThatIsNotFiniteIsFound() {
    for (DType dtype : new DType[] {DType.F32, DType.F64, DType.F16, DType.BF16}) {
      assertFalse(isFinite(dtype, 1, Double.NaN, 1));
      assertFalse(isFinite(dtype, Double.POSITIVE_INFINITY));
      assertFalse(isFinite(dtype, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY));
    }
  }
}
