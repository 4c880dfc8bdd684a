package dev.loupe.model.load;

import dev.loupe.tensor.DType;

/**
 * How a model is opened.
 *
 * @param dtype the type of every computation: F32, BF16 or F64
 * @param most bytes that weights in memory may take; those of a file in another type that would
 *     take more are expanded a layer at a time: slower, but for machines with little memory
 */
public record LoadOptions(DType dtype, long most) {
  /** Float32, everything expanded. */
  public static final LoadOptions DEFAULT = new LoadOptions(DType.F32, Long.MAX_VALUE);

  public LoadOptions {
    if (dtype != DType.F32 && dtype != DType.BF16 && dtype != DType.F64) {
      throw new IllegalArgumentException(
          dtype + ": models compute in float32, bfloat16 or float64");
    }
    if (most < 0) {
      throw new IllegalArgumentException(most + " bytes for weights");
    }
  }

  /** Everything expanded, computing in the given type. */
  public static LoadOptions of(DType dtype) {
    return new LoadOptions(dtype, Long.MAX_VALUE);
  }
}
