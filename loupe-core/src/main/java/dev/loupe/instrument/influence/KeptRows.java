package dev.loupe.instrument.influence;

import dev.loupe.model.training.BlockMap;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Safetensors;
import dev.loupe.tensor.SafetensorsWriter;
import dev.loupe.tensor.StoredTensor;
import dev.loupe.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Vectors in bytes, one row after another: each row has a step of its own, a 127th of its largest
 * value.
 *
 * @param values {@code [row · width]}
 * @param steps {@code [row]}
 */
@SuppressWarnings("ArrayRecordComponent") // nothing compares them
record KeptRows(int width, byte[] values, float[] steps) {
  static KeptRows of(int rows, int width) {
    return new KeptRows(width, new byte[Math.multiplyExact(rows, width)], new float[rows]);
  }

  /**
   * Rounds a vector to its row.
   *
   * @param from where it begins
   */
  void set(int row, float[] source, int from) {
    float largest = 0;
    for (int k = 0; k < width; k++) {
      largest = Math.max(largest, Math.abs(source[from + k]));
    }
    steps[row] = largest / Byte.MAX_VALUE;
    for (int k = 0; k < width && largest > 0; k++) {
      values[row * width + k] = (byte) Math.round(source[from + k] / steps[row]);
    }
  }

  /** The rows of a matrix, rounded. */
  static KeptRows of(Tensor matrix) {
    KeptRows rows = of(matrix.size(0), matrix.size(1));
    float[] all = matrix.toFloats();
    for (int row = 0; row < rows.steps.length; row++) {
      rows.set(row, all, row * rows.width);
    }
    return rows;
  }

  void write(SafetensorsWriter writer, BlockMap map, String what) {
    writer.add(IndexPart.bytes(name(map, what), DType.I8, values, steps.length, width));
    writer.add(stepsName(map, what), steps, steps.length);
  }

  private static String name(BlockMap map, String what) {
    return map.name() + "." + what;
  }

  private static String stepsName(BlockMap map, String what) {
    return name(map, what) + "_steps";
  }

  /**
   * Rows of a file, mapped; the file stays open as long as they are used.
   *
   * @param values {@code [row, width]} in bytes
   * @param steps {@code [row]}
   */
  @SuppressWarnings("ArrayRecordComponent") // nothing compares them
  record Mapped(int width, MemorySegment values, float[] steps) {
    static Mapped of(Safetensors file, BlockMap map, String what, int rows, int width) {
      StoredTensor values = IndexPart.tensor(file, name(map, what), DType.I8);
      float[] steps = IndexPart.tensor(file, stepsName(map, what), DType.F32).toFloats();
      if (values.elements() != (long) rows * width || steps.length != rows) {
        throw IndexPart.damaged(file, "%s is not [%d, %d]".formatted(values.name(), rows, width));
      }
      values.expect();
      return new Mapped(width, values.bytes(), steps);
    }

    /** Some rows in bytes, {@code [to - from, width]}; a view. */
    Tensor bytes(int from, int to) {
      return Tensor.mapped(
          values.asSlice((long) from * width, (long) (to - from) * width),
          DType.I8,
          to - from,
          width);
    }

    /** What their bytes are multiplied by, {@code [to - from]}. */
    Tensor steps(int from, int to) {
      return Tensor.of(Arrays.copyOfRange(steps, from, to), to - from);
    }
  }
}
