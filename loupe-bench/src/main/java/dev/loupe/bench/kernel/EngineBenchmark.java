package dev.loupe.bench.kernel;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.Engine;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * One layer's products and attention at SmolLM2's dimensions, by type and by rows: 1 is decoding,
 * 64 and 512 are prompts. One thread, so that a figure is the kernel's and not the scheduler's.
 *
 * <pre>{@code loupe-bench/kernels.sh EngineBenchmark -p rows=512}</pre>
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(1)
public class EngineBenchmark {
  private static final int WIDTH = 576;
  private static final int MLP = 1536;

  /** Rows of the input. */
  @Param({"1", "64", "512"})
  public int rows;

  /** Element type. */
  @Param({"F32", "BF16"})
  public DType dtype = DType.F32;

  private Tensor input = Tensor.zeros(DType.F32, 1);
  private Tensor weight = input;
  private Tensor gain = input;
  private Tensor query = input;
  private Tensor key = input;

  /** Random values. */
  @Setup(Level.Trial)
  public void fill() {
    Engine.useThreads(1);
    try (var _ = NativeScope.open()) {
      input = random(rows, WIDTH).retain();
      weight = random(MLP, WIDTH).retain();
      gain = random(WIDTH).retain();
      query = random(9, rows, 64).retain();
      key = random(9, rows, 64).retain();
    }
  }

  /** Frees them. */
  @TearDown(Level.Trial)
  public void free() {
    input.close();
    weight.close();
    gain.close();
    query.close();
    key.close();
  }

  private Tensor random(long... shape) {
    long count = 1;
    for (long size : shape) {
      count *= size;
    }
    float[] values = new float[Math.toIntExact(count)];
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextDouble(-1, 1);
    }
    return Tensor.of(values, shape).to(dtype);
  }

  /** {@code [rows, 576] · [1536, 576]ᵀ}. */
  @Benchmark
  public long linear() {
    try (var _ = NativeScope.open()) {
      return input.linear(weight, null).count();
    }
  }

  /** RMS norm over the width. */
  @Benchmark
  public long norm() {
    try (var _ = NativeScope.open()) {
      return input.rmsNorm(gain, 1e-5).count();
    }
  }

  /** Scores, softmax and mixing of nine heads, unmasked. */
  @Benchmark
  public long attention() {
    try (var _ = NativeScope.open()) {
      return query.matmul(key.transpose(1, 2)).softmax(-1).matmul(key).count();
    }
  }
}
