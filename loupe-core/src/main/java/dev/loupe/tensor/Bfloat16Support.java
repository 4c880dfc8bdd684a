package dev.loupe.tensor;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Whether oneDNN is the way to multiply bfloat16 on this processor. Without AVX-512 it has no such
 * product at all. With AVX-512 but without instructions for bfloat16 it converts, which is no
 * faster than widening here. The answer comes from the instruction set and never from a clock, so
 * that a training that is resumed on the same machine multiplies as it did before.
 */
final class Bfloat16Support {
  /** {@code at::cpu::is_avx512_bf16_supported()}, which the presets leave out. */
  private static final String INSTRUCTIONS = "_ZN2at3cpu24is_avx512_bf16_supportedEv";

  private Bfloat16Support() {}

  static boolean isThere() {
    return Answer.IS_THERE;
  }

  /** Asked by whoever multiplies bfloat16 first, not by those who never do. */
  private static final class Answer {
    static final boolean IS_THERE = hasInstructions().orElse(false) && canMultiply();
  }

  /** Empty where the function is not found: Windows spells it otherwise. */
  static Optional<Boolean> hasInstructions() {
    return SymbolLookup.loaderLookup().find(INSTRUCTIONS).map(Bfloat16Support::call);
  }

  @SuppressWarnings("restricted") // native access is what this room is for
  private static boolean call(MemorySegment function) {
    try {
      return (boolean)
          Linker.nativeLinker()
              .downcallHandle(function, FunctionDescriptor.of(ValueLayout.JAVA_BOOLEAN))
              .invokeExact();
    } catch (Throwable e) {
      throw new AssertionError(e); // the function throws nothing
    }
  }

  /** Asks oneDNN itself as well: {@code ONEDNN_MAX_CPU_ISA} may hold it to less than there is. */
  private static boolean canMultiply() {
    if (!torch.hasMKLDNN()) {
      return false;
    }
    try (var _ = NativeScope.open()) {
      Tensor row = torch.zeros(1, 64).to(torch.ScalarType.BFloat16);
      Tensor weight = torch.zeros(64, 64).to(torch.ScalarType.BFloat16);
      return OneDnn.multiply(row, weight, null).isPresent();
    } catch (RuntimeException e) {
      // "could not create a primitive descriptor": the answer, in oneDNN's words.
      return false;
    }
  }
}
