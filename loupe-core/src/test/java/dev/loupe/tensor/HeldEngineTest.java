package dev.loupe.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Runs only in the process whose engine is held to AVX2, and sees that it is. */
@Tag("held")
class HeldEngineTest {
  @Test
  void theEngineIsHeldToAvx2() {
    assertEquals("AVX2", System.getenv("ONEDNN_MAX_CPU_ISA"));
    assertEquals("Haswell", System.getenv("OPENBLAS_CORETYPE"));
    assertEquals("AVX2", Engine.instructions());
    assertFalse(Engine.multipliesBfloat16(), "oneDNN multiplies bfloat16 with AVX2 alone");
  }

  /**
   * A product of bfloat16 factors is exact in float32, so only the sum rounds: in float32, at most
   * {@code width · 2^-24} of the sum of magnitudes, and once to the 8 bits of bfloat16, 2^-8 of it.
   */
  @ParameterizedTest
  @CsvSource({"1,48,20", "1,576,1536", "7,64,33", "64,576,1536", "300,130,70", "5,1,1"})
  void productsInBfloat16AreRoundedOnce(int rows, int in, int out) {
    Random random = new Random(rows);
    try (var _ = NativeScope.open()) {
      Tensor input = random(random, rows, in).to(DType.BF16);
      Tensor weight = random(random, out, in).to(DType.BF16);
      double[] got = input.linear(weight, null).to(DType.F64).toDoubles();
      Tensor wideInput = input.to(DType.F64);
      Tensor wideWeight = weight.to(DType.F64);
      double[] exact = wideInput.linear(wideWeight, null).toDoubles();
      double[] matmul = input.matmul(weight.transpose(0, 1)).to(DType.F64).toDoubles();
      double magnitude = in * 16.0;
      for (int i = 0; i < got.length; i++) {
        double most = Math.abs(exact[i]) * 0x1p-8 + magnitude * in * 0x1p-24;
        assertTrue(Math.abs(got[i] - exact[i]) <= most, got[i] + " for " + exact[i]);
        assertTrue(Math.abs(matmul[i] - exact[i]) <= most, matmul[i] + " for " + exact[i]);
      }
    }
  }

  /**
   * Many rows: by oneDNN, or, where a factor does not lie row by row, each thread widens its share
   * of it, in one piece or several.
   */
  @ParameterizedTest
  @CsvSource({
    "1,300,130,70",
    "2,300,130,71",
    "3,300,130,2",
    "2,2100,120,1100",
    "1,600,120,1100",
    "2,257,1,1"
  })
  void manyRowsMakeTheWholeProduct(int threads, int rows, int in, int out) {
    Random random = new Random(rows);
    int before = Engine.threads();
    Engine.useThreads(threads);
    try (var _ = NativeScope.open()) {
      Tensor input = random(random, rows, in).to(DType.BF16);
      Tensor weight = random(random, out, in).to(DType.BF16);
      Tensor bias = random(random, 1, out).to(DType.BF16).reshape(out);
      Tensor there = random(random, rows, out).to(DType.BF16);
      double[] got = input.linear(weight, bias).to(DType.F64).toDoubles();
      double[] exact =
          input.to(DType.F64).linear(weight.to(DType.F64), bias.to(DType.F64)).toDoubles();
      double[] product = input.to(DType.F64).linear(weight.to(DType.F64), null).toDoubles();
      double[] start = there.to(DType.F64).toDoubles();
      double[] sum =
          there.copy().plusMatmulInPlace(input, weight.transpose(0, 1)).to(DType.F64).toDoubles();
      double[] turned = input.matmul(weight.transpose(0, 1).contiguous()).to(DType.F64).toDoubles();
      double float32 = in * 16.0 * in * 0x1p-24;
      for (int i = 0; i < got.length; i++) {
        double most = Math.abs(exact[i]) * 0x1p-8 + float32;
        assertTrue(Math.abs(got[i] - exact[i]) <= most, got[i] + " for " + exact[i]);
        double mostTurned = Math.abs(product[i]) * 0x1p-8 + float32;
        assertTrue(
            Math.abs(turned[i] - product[i]) <= mostTurned, turned[i] + " for " + product[i]);
        double added = start[i] + product[i];
        double mostAdded = (Math.abs(added) + Math.abs(product[i])) * 0x1p-8 + float32;
        assertTrue(Math.abs(sum[i] - added) <= mostAdded, sum[i] + " for " + added);
      }
    } finally {
      Engine.useThreads(before);
    }
  }

  private static Tensor random(Random random, int rows, int columns) {
    float[] values = new float[rows * columns];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) Math.clamp(random.nextGaussian(), -4, 4);
    }
    return Tensor.of(values, rows, columns);
  }
}
