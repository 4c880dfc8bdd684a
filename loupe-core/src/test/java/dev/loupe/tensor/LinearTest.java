package dev.loupe.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One row, a few and many go different ways through the engine; the numbers must not tell. */
class LinearTest {
  private static final int IN = 48;
  private static final int OUT = 20;

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 15, 16, 17, 80, 128, 129, 256, 257, 600})
  void anyNumberOfRowsGivesTheSumOfProducts(int rows) {
    Random random = new Random(rows);
    float[] input = values(random, rows * IN);
    float[] weight = values(random, OUT * IN);
    float[] bias = values(random, OUT);
    try (var _ = NativeScope.open()) {
      Tensor matrix = Tensor.of(weight, OUT, IN);
      Tensor flat = Tensor.of(input, rows, IN);
      float[] expected = product(input, weight, null, rows);
      assertArrayEquals(expected, flat.linear(matrix, null).toFloats(), 1e-4f);
      assertArrayEquals(expected, flat.unsqueeze(0).linear(matrix, null).toFloats(), 1e-4f);
      assertArrayEquals(new long[] {1, rows, OUT}, flat.unsqueeze(0).linear(matrix, null).shape());
      assertArrayEquals(
          product(input, weight, bias, rows),
          flat.linear(matrix, Tensor.of(bias, OUT)).toFloats(),
          1e-4f);
      // bfloat16 keeps 8 bits of each factor and of the result.
      assertArrayEquals(
          expected, flat.to(DType.BF16).linear(matrix.to(DType.BF16), null).toFloats(), 48 * 0.02f);
    }
  }

  @Test
  void viewsAreMultipliedAsWhatTheyShow() {
    Random random = new Random(3);
    float[] weight = values(random, IN * OUT);
    float[] input = values(random, 4 * IN);
    try (var _ = NativeScope.open()) {
      Tensor turned = Tensor.of(weight, IN, OUT).transpose(0, 1);
      Tensor part = Tensor.of(input, 2, 2, IN).select(1, 1);
      assertArrayEquals(
          part.contiguous().linear(turned.contiguous(), null).toFloats(),
          part.linear(turned, null).toFloats(),
          1e-4f);
    }
  }

  @Test
  void doublesKeepTheirPrecision() {
    try (var _ = NativeScope.open()) {
      Tensor input = Tensor.of(new double[] {1e-9, 1}, 1, 2);
      Tensor weight = Tensor.of(new double[] {1, 1}, 1, 2);
      assertEquals(1 + 1e-9, input.linear(weight, null).item(), 1e-16);
    }
  }

  @Test
  void gradientsFlowThroughASingleRow() {
    try (var _ = NativeScope.open()) {
      Tensor input = Tensor.of(new float[] {1, 2}, 1, 2).requiringGradient();
      Tensor weight = Tensor.of(new float[] {3, 4}, 1, 2);
      input.linear(weight, null).sum().backward();
      assertArrayEquals(new float[] {3, 4}, input.gradient().toFloats());
    }
  }

  private static float[] values(Random random, int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  private static float[] product(float[] input, float[] weight, float @Nullable [] bias, int rows) {
    float[] result = new float[rows * OUT];
    for (int row = 0; row < rows; row++) {
      for (int out = 0; out < OUT; out++) {
        double sum = bias == null ? 0 : bias[out];
        for (int i = 0; i < IN; i++) {
          sum += (double) input[row * IN + i] * weight[out * IN + i];
        }
        result[row * OUT + out] = (float) sum;
      }
    }
    return result;
  }
}
