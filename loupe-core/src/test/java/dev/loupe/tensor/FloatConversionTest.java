package dev.loupe.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FloatConversionTest {
  /** More than one piece for each of several threads, and not a multiple of a piece. */
  private static final int MANY = (1 << 20) + 77;

  @Test
  void convertsLongTensorsAsShortOnes() {
    ByteBuffer raw = ByteBuffer.allocate(2 * MANY + 1).order(ByteOrder.LITTLE_ENDIAN);
    float[] expected = new float[MANY];
    for (int i = 0; i < MANY; i++) {
      raw.putShort(2 * i + 1, (short) (i % 30_000));
      expected[i] = Float.intBitsToFloat(i % 30_000 << 16);
    }
    MemorySegment misaligned = MemorySegment.ofBuffer(raw).asSlice(1);
    StoredTensor tensor = new StoredTensor("x", DType.BF16, List.of((long) MANY), misaligned);
    assertArrayEquals(expected, tensor.toFloats());
  }

  @Test
  void writesIntoMemoryOfOneThread() {
    byte[] raw = new byte[MANY];
    raw[MANY - 1] = 7;
    StoredTensor tensor =
        new StoredTensor("x", DType.U8, List.of((long) MANY), MemorySegment.ofArray(raw));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment values = arena.allocate(4L * MANY, 4);
      tensor.copyTo(values);
      assertEquals(7, values.getAtIndex(ValueLayout.JAVA_FLOAT, MANY - 1));
      assertFalse(NonFinite.in(DType.F32, values));
      values.setAtIndex(ValueLayout.JAVA_FLOAT, MANY - 1, Float.NaN);
      assertTrue(NonFinite.in(DType.F32, values));
      assertThrows(
          IllegalArgumentException.class, () -> tensor.copyTo(values.asSlice(4)), "wrong size");
    }
  }

  @Test
  void roundsUnsignedOnce() {
    // 2^63 + 2^39 lies between two floats; the lost last bit decides.
    byte[] raw = new byte[16];
    ByteBuffer.wrap(raw)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(0x8000_0080_0000_0001L)
        .putLong(0x8000_0080_0000_0000L);
    StoredTensor tensor = new StoredTensor("x", DType.U64, List.of(2L), MemorySegment.ofArray(raw));
    assertArrayEquals(new float[] {0x1.000002p63f, 0x1p63f}, tensor.toFloats());
  }

  @ParameterizedTest
  @CsvSource({
    "F8_E4M3, 7f, 7e",
    "F8_E4M3, ff, fe",
    "F8_E5M2, 7c, 7b",
    "F8_E5M2, fd, fb",
    "F16, 7c00, 7bff",
    "F16, fe00, fbff",
    "BF16, 7f80, 7f7f",
    "BF16, ffc0, ff7f",
    "F32, 7f800000, 7f7fffff",
    "F32, ffffffff, ff7fffff",
    "C64, 7f80000000000000, 7f7fffff",
    "F64, 7ff0000000000000, 7fefffffffffffff",
    "F64, ffffffffffffffff, ffefffffffffffff"
  })
  void tellsTheSmallestNonFiniteFromTheLargestFinite(DType type, String infinite, String finite) {
    assertTrue(lastOf(type, Long.parseUnsignedLong(infinite, 16)).hasNonFinite());
    assertFalse(lastOf(type, Long.parseUnsignedLong(finite, 16)).hasNonFinite());
  }

  private static StoredTensor lastOf(DType type, long bits) {
    int elements = (1 << 21) / type.bytes() + 1;
    byte[] raw = new byte[elements * type.bytes()];
    for (int i = 0; i < type.bytes(); i++) {
      raw[raw.length - type.bytes() + i] = (byte) (bits >>> (8 * i));
    }
    return new StoredTensor("x", type, List.of((long) elements), MemorySegment.ofArray(raw));
  }
}
