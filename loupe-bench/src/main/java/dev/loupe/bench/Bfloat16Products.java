package dev.loupe.bench;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.Engine;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * Linear maps in bfloat16 beside the same in float32, alternating in one process: bfloat16 must
 * never be slower. The fastest of many each, since a machine that is busy just now is not a slow
 * one.
 */
public final class Bfloat16Products {
  private static final int[][] SHAPES = {
    {1, 576, 1536}, {1, 2048, 8192}, {4, 576, 1536}, {16, 576, 1536},
    {64, 576, 1536}, {256, 576, 1536}, {512, 2048, 2048}, {1, 576, 49152}
  };

  private static final int TIMES = 12;

  /** Elements of the weights that are multiplied in turn: 256 MB of float32. */
  private static final long COLD = 1L << 26;

  private Bfloat16Products() {}

  /** Arguments: threads. */
  public static void main(String[] arguments) {
    Engine.useThreads(Integer.parseInt(arguments[0]));
    System.out.printf(
        Locale.ROOT,
        "%s, oneDNN multiplies bfloat16: %s%n%-22s %12s %12s %8s%n",
        Engine.instructions(),
        Engine.multipliesBfloat16(),
        "rows x in x out",
        "float32 us",
        "bfloat16 us",
        "ratio");
    for (int[] shape : SHAPES) {
      compare(shape[0], shape[1], shape[2]);
    }
  }

  /** Weights in turn, more than a cache holds, as the layers of a model are. */
  private static void compare(int rows, int in, int out) {
    try (var _ = NativeScope.open()) {
      int count = Math.clamp(COLD / (in * (long) out), 1, 64);
      Tensor input = random(rows, in);
      Tensor narrowInput = input.to(DType.BF16);
      List<Tensor> weights = new ArrayList<>();
      List<Tensor> narrowWeights = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        weights.add(random(out, in));
        narrowWeights.add(weights.getLast().to(DType.BF16));
      }
      long wide = Long.MAX_VALUE;
      long narrow = Long.MAX_VALUE;
      for (int time = 0; time < TIMES; time++) {
        wide = Math.min(wide, nanoseconds(input, weights));
        narrow = Math.min(narrow, nanoseconds(narrowInput, narrowWeights));
      }
      System.out.printf(
          Locale.ROOT,
          "%-22s %,12.1f %,12.1f %8.2f%n",
          rows + " x " + in + " x " + out,
          wide / 1e3 / count,
          narrow / 1e3 / count,
          (double) narrow / wide);
    }
  }

  private static long nanoseconds(Tensor input, List<Tensor> weights) {
    long began = System.nanoTime();
    for (Tensor weight : weights) {
      try (var _ = NativeScope.open()) {
        input.linear(weight, null);
      }
    }
    return System.nanoTime() - began;
  }

  private static Tensor random(int rows, int columns) {
    Random random = new Random(rows);
    float[] values = new float[rows * columns];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return Tensor.of(values, rows, columns);
  }
}
