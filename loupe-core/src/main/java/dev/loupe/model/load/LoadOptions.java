package dev.loupe.model.load;

import dev.loupe.tensor.DType;

/**
 * How a model is opened.
 *
 * @param dtype the type of every computation: F32, BF16 or F64
 * @param keepQuantised whether quantised weights stay as they are and are expanded a layer at a
 *     time: slower, but for machines with little memory
 */
public record LoadOptions(DType dtype, boolean keepQuantised) {
  /** Float32, everything expanded. */
  public static final LoadOptions DEFAULT = new LoadOptions(DType.F32, false);

  public LoadOptions {
    if (dtype != DType.F32 && dtype != DType.BF16 && dtype != DType.F64) {
      throw new IllegalArgumentException(
          dtype + ": models compute in float32, bfloat16 or float64");
    }
  }

  /** Everything expanded, computing in the given type. */
  public static LoadOptions of(DType dtype) {
    return new LoadOptions(dtype, false);
  }
}
