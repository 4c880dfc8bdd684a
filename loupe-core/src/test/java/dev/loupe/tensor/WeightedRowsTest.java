package dev.loupe.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class WeightedRowsTest {
  private static final WeightedRows ROWS =
      new WeightedRows(
          Tensor.of(new long[] {2, 0, 2, 1}, 4),
          Tensor.of(new long[] {0, 2, 2}, 3),
          Tensor.of(new long[] {0, 0, 2, 2}, 4));

  @ParameterizedTest
  @EnumSource(names = {"F32", "F64"})
  void sumsAndTheirDerivative(DType dtype) {
    try (var _ = NativeScope.open()) {
      Tensor table = Tensor.of(new double[] {1, 2, 3, 4, 5, 6}, 3, 2).to(dtype);
      Tensor weights = Tensor.of(new double[] {10, 1, 2, -1}, 4).to(dtype);
      assertArrayEquals(
          new double[] {51, 62, 0, 0, 7, 8}, ROWS.sum(table, weights).toDoubles(), 1e-6);
      Tensor vectors = Tensor.of(new double[] {1, 0, 7, 7, 0, 2}, 3, 2).to(dtype);
      assertArrayEquals(
          new double[] {5, 1, 12, 8}, ROWS.products(table, vectors).toDoubles(), 1e-6);
    }
  }

  @Test
  void noRowsSumToZero() {
    try (var _ = NativeScope.open()) {
      WeightedRows none =
          new WeightedRows(
              Tensor.of(new long[0], 0),
              Tensor.of(new long[] {0, 0}, 2),
              Tensor.of(new long[0], 0));
      Tensor table = Tensor.of(new float[] {1, 2}, 1, 2);
      assertArrayEquals(new float[4], none.sum(table, Tensor.of(new float[0], 0)).toFloats());
      assertEquals(0, none.products(table, Tensor.zeros(DType.F32, 2, 2)).count());
    }
  }
}
