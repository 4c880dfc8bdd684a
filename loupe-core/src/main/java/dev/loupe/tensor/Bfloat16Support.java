package dev.loupe.tensor;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Whether oneDNN is the way to multiply bfloat16 on this processor, asked once a process by tiny
 * products: tables of processors age, and {@code ONEDNN_MAX_CPU_ISA} may hold the engine to less
 * than the processor has. Without AVX-512 there is mostly no such product at all; on the first
 * processors with AVX-512 there is one by conversion, which may be slower than float32, so the
 * clock has a say as well.
 */
final class Bfloat16Support {
  private static final int SIZE = 256;
  private static final int TIMES = 8;

  private Bfloat16Support() {}

  static boolean isThere() {
    return Answer.IS_THERE;
  }

  /** Asked by whoever multiplies bfloat16 first, not by those who never do. */
  private static final class Answer {
    static final boolean IS_THERE = canMultiply() && isWorthIt();
  }

  private static boolean canMultiply() {
    if (!torch.hasMKLDNN()) {
      return false;
    }
    try (var _ = NativeScope.open()) {
      return FewRows.multiply(narrow(1, SIZE), narrow(SIZE, SIZE), null).isPresent();
    } catch (RuntimeException e) {
      // "could not create a primitive descriptor": the answer, in oneDNN's words.
      return false;
    }
  }

  /** The fastest of a few products each way: a machine that is busy just now is not a slow one. */
  private static boolean isWorthIt() {
    try (var _ = NativeScope.open()) {
      Tensor narrow = narrow(SIZE, SIZE);
      Tensor wide = narrow.to(torch.ScalarType.Float);
      long narrowest = Long.MAX_VALUE;
      long widest = Long.MAX_VALUE;
      for (int time = 0; time < TIMES; time++) {
        narrowest = Math.min(narrowest, nanoseconds(narrow));
        widest = Math.min(widest, nanoseconds(wide));
      }
      return narrowest <= widest;
    }
  }

  private static long nanoseconds(Tensor square) {
    try (var _ = NativeScope.open()) {
      long began = System.nanoTime();
      square.matmul(square);
      return System.nanoTime() - began;
    }
  }

  private static Tensor narrow(long rows, long columns) {
    return torch.zeros(rows, columns).to(torch.ScalarType.BFloat16);
  }
}
