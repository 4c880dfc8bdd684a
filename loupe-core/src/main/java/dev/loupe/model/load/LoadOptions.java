package dev.loupe.model.load;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.Engine;
import java.util.function.LongSupplier;

/**
 * How a model is opened.
 *
 * @param dtype the type of every computation: F32, BF16 or F64
 * @param most bytes that weights in memory may take; those of a file in another type that would
 *     take more are expanded a layer at a time: slower, but for machines with little memory
 */
public record LoadOptions(DType dtype, LongSupplier most) {
  /** Float32, everything expanded. */
  public static final LoadOptions DEFAULT = of(DType.F32);

  public LoadOptions {
    if (dtype != DType.F32 && dtype != DType.BF16 && dtype != DType.F64) {
      throw new IllegalArgumentException(
          dtype + ": models compute in float32, bfloat16 or float64");
    }
  }

  /** With a fixed bound. */
  public LoadOptions(DType dtype, long most) {
    this(dtype, () -> most);
    if (most < 0) {
      throw new IllegalArgumentException(most + " bytes for weights");
    }
  }

  /**
   * Weights stay as their file holds them, in bfloat16 or quantised, and are widened a layer at a
   * time as they are used: half or a fifth of the memory of float32 with all sums in float32. Those
   * in float32 are used where they lie in any case.
   */
  public static LoadOptions asStored() {
    return new LoadOptions(DType.F32, 0);
  }

  /** As {@link #of}, unless that would fill most of this machine's memory: then as it is stored. */
  public static LoadOptions fitting(DType dtype) {
    return new LoadOptions(dtype, () -> Engine.physicalMemory() / 4 * 3);
  }

  /** Everything expanded, computing in the given type. */
  public static LoadOptions of(DType dtype) {
    return new LoadOptions(dtype, Long.MAX_VALUE);
  }
}
