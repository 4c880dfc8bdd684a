package dev.loupe.tensor;

import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * A tensor as stored in a file: little-endian elements, last dimension fastest. The bytes are a
 * view of the file and end with the {@link TensorStore} that gave them; they need not be aligned to
 * the element size.
 *
 * @param name name in the file
 * @param dtype element type
 * @param shape sizes, slowest dimension first; empty for a scalar. A size of 2^63 or more, which
 *     only a tensor without elements can have, shows as negative
 * @param bytes the elements
 */
public record StoredTensor(String name, DType dtype, List<Long> shape, MemorySegment bytes) {
  private static final long WORTH_LETTING_GO = 8L << 20;

  public StoredTensor {
    shape = List.copyOf(shape);
  }

  /** Number of elements. */
  public long elements() {
    return bytes.byteSize() / dtype.bytes();
  }

  /** The shape as an array. */
  public long[] sizes() {
    return shape.stream().mapToLong(Long::longValue).toArray();
  }

  /**
   * Every element as float32. F16, BF16, both F8 kinds, F32 and integers up to 24 bits keep their
   * value; F64 and wider integers are rounded to nearest; BOOL becomes 0 or 1.
   *
   * @throws dev.loupe.fault.LoupeException if the type is complex, or there are more elements than
   *     a Java array holds
   */
  public float[] toFloats() {
    return FloatConversion.toFloats(this);
  }

  /**
   * As {@link #toFloats()}, into memory that the caller owns, on all cores where that helps.
   *
   * @param destination room for exactly {@link #elements()} float32 in native byte order
   * @throws dev.loupe.fault.LoupeException if the type is complex
   */
  public void copyTo(MemorySegment destination) {
    FloatConversion.convert(this, destination);
  }

  /** Whether an element is infinite or not a number. Integers never are. */
  public boolean hasNonFinite() {
    return NonFinite.in(dtype, bytes);
  }

  /** Says that all bytes are about to be read, which spares mapping a file's pages one by one. */
  public void expect() {
    FilePages.expect(bytes);
  }

  /**
   * Says that the bytes are not needed for now: of a mapped file they stop taking memory. Little
   * ones are kept, since mapping their pages again costs more than they take.
   */
  public void letGo() {
    if (bytes.byteSize() >= WORTH_LETTING_GO) {
      FilePages.letGo(bytes);
    }
  }
}
