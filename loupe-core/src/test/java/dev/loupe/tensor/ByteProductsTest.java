package dev.loupe.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Products of bytes are exact, with the processor's instructions for them and without. */
class ByteProductsTest {
  private static Tensor matrix(byte[] values, int rows, int columns) {
    return Tensor.mapped(MemorySegment.ofArray(values), DType.I8, rows, columns);
  }

  private static void assertExact(byte[] left, byte[] right, int rows, int inner, int columns) {
    float[] expected = new float[rows * columns];
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        int sum = 0;
        for (int k = 0; k < inner; k++) {
          sum += left[i * inner + k] * right[k * columns + j];
        }
        expected[i * columns + j] = sum;
      }
    }
    try (var _ = NativeScope.open()) {
      Tensor a = matrix(left, rows, inner);
      Tensor b = matrix(right, inner, columns);
      assertArrayEquals(expected, a.matmul(b).toFloats());
    }
  }

  @ParameterizedTest
  @CsvSource({"1, 1, 1", "3, 5, 7", "64, 128, 33", "100, 257, 64"})
  void areExact(int rows, int inner, int columns) {
    Random random = new Random(5);
    byte[] left = new byte[rows * inner];
    byte[] right = new byte[inner * columns];
    random.nextBytes(left);
    random.nextBytes(right);
    assertExact(left, right, rows, inner, columns);
  }

  /** Sums of two such products overflow 16 bits. */
  @Test
  void doNotOverflow() {
    byte[] left = new byte[16 * 256];
    byte[] right = new byte[256 * 16];
    Arrays.fill(left, Byte.MAX_VALUE);
    Arrays.fill(right, (byte) -Byte.MAX_VALUE);
    assertExact(left, right, 16, 256, 16);
  }
}
