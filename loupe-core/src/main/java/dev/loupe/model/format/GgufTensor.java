package dev.loupe.model.format;

import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * A tensor as stored in a GGUF file. Its bytes end with the {@link Gguf} that gave it.
 *
 * @param name llama.cpp's name
 * @param type how the elements are stored
 * @param shape sizes, slowest dimension first (the reverse of the file's order); empty for a scalar
 * @param bytes the blocks, row after row
 */
public record GgufTensor(String name, GgmlType type, List<Long> shape, MemorySegment bytes) {
  public GgufTensor {
    shape = List.copyOf(shape);
  }

  /** Number of elements. */
  public long elements() {
    return shape.stream().mapToLong(Long::longValue).reduce(1, (a, b) -> a * b);
  }

  /** Elements of one row: the last size, 1 for a scalar. */
  public long rowLength() {
    return shape.isEmpty() ? 1 : shape.getLast();
  }

  /** Number of rows: all sizes but the last, multiplied. */
  public long rows() {
    return rowLength() == 0 ? 0 : elements() / rowLength();
  }

  /** The shape as an array. */
  public long[] sizes() {
    return shape.stream().mapToLong(Long::longValue).toArray();
  }
}
