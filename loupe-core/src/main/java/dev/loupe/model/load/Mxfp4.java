package dev.loupe.model.load;

import dev.loupe.fault.LoupeException;
import dev.loupe.model.format.MicroFloats;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.StoredTensor;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.TensorStore;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Optional;

/**
 * A stack of matrices that a safetensors file holds in MXFP4 (Open Compute Project, Microscaling
 * Formats 1.0), as gpt-oss publishes its experts: blocks of 32 elements of four bits, {@code
 * NAME_blocks [n, rows, columns / 32, 16]}, with a power of two each, {@code NAME_scales [n, rows,
 * columns / 32]}.
 */
record Mxfp4(StoredTensor blocks, StoredTensor scales) {
  /** Under this the stack {@code NAME} is asked for. */
  static final String SUFFIX = "_mxfp4";

  static final String BLOCKS = "_blocks";
  static final String SCALES = "_scales";

  private static final int ELEMENTS = 32;

  /**
   * The stack of that name.
   *
   * @throws LoupeException if its two tensors do not belong together
   */
  static Optional<Mxfp4> of(TensorStore store, String stem) {
    Optional<StoredTensor> blocks = store.find(stem + BLOCKS);
    Optional<StoredTensor> scales = store.find(stem + SCALES);
    if (blocks.isEmpty() || scales.isEmpty()) {
      return Optional.empty();
    }
    long[] packed = blocks.get().sizes();
    boolean fits =
        packed.length == 4
            && packed[3] == ELEMENTS / 2
            && Arrays.equals(Arrays.copyOf(packed, 3), scales.get().sizes())
            && blocks.get().dtype() == DType.U8
            && scales.get().dtype() == DType.U8
            && packed[1] * packed[2] <= Integer.MAX_VALUE / ELEMENTS;
    if (!fits) {
      throw LoupeException.badInput(
          store.origin() + ": " + stem + BLOCKS + " and " + stem + SCALES + " are not MXFP4",
          "Download the model again.");
    }
    return Optional.of(new Mxfp4(blocks.get(), scales.get()));
  }

  /** {@code [n, rows, columns]}. */
  long[] shape() {
    long[] packed = blocks.sizes();
    return new long[] {packed[0], packed[1], packed[2] * ELEMENTS};
  }

  /**
   * One matrix, exactly.
   *
   * @throws LoupeException if a scale is not a number
   */
  Tensor part(int number) {
    long[] shape = shape();
    int count = Math.toIntExact(shape[1] * shape[2] / ELEMENTS);
    byte[] packed =
        blocks
            .bytes()
            .asSlice((long) number * count * ELEMENTS / 2, (long) count * ELEMENTS / 2)
            .toArray(ValueLayout.JAVA_BYTE);
    byte[] powers =
        scales.bytes().asSlice((long) number * count, count).toArray(ValueLayout.JAVA_BYTE);
    float[] values = new float[count * ELEMENTS];
    for (int block = 0; block < count; block++) {
      float scale = MicroFloats.power(powers[block]);
      if (Float.isNaN(scale)) {
        throw LoupeException.badInput(
            scales.name() + ": a scale is not a number",
            "The checkpoint is damaged: download it again.");
      }
      for (int i = 0; i < ELEMENTS / 2; i++) {
        int pair = packed[block * ELEMENTS / 2 + i];
        values[block * ELEMENTS + 2 * i] = scale * MicroFloats.ofFourBits(pair);
        values[block * ELEMENTS + 2 * i + 1] = scale * MicroFloats.ofFourBits(pair >> 4);
      }
    }
    return Tensor.of(values, shape[1], shape[2]);
  }
}
