package dev.loupe.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Looks for infinities and not-a-numbers, on all cores, eight bytes at a time: an element is not
 * finite if all bits of its exponent are set, and then the lowest of them, added once more, carries
 * into the sign.
 */
public final class NonFinite {
  private static final int PIECE_BYTES = 1 << 14;
  private static final long GRAIN_BYTES = 1 << 20;
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private NonFinite() {}

  /**
   * Whether one of the little-endian elements is infinite or not a number. Integers never are.
   *
   * @param bytes whole elements of {@code dtype}
   */
  public static boolean in(DType dtype, MemorySegment bytes) {
    return switch (dtype) {
      case F8_E4M3 ->
          any(0x7F, 1, bytes); // has no infinity: all other bits are set in its only NaN
      case F8_E5M2 -> any(0x7C, 1, bytes);
      case F16 -> any(0x7C00, 2, bytes);
      case BF16 -> any(0x7F80, 2, bytes);
      case F32, C64 -> any(0x7F80_0000, 4, bytes);
      case F64 -> any(0x7FF0_0000_0000_0000L, 8, bytes);
      case BOOL, U8, I8, I16, U16, I32, U32, I64, U64 -> false;
    };
  }

  private static boolean any(long exponent, int width, MemorySegment bytes) {
    long exponents = repeated(exponent, width);
    long lowest = repeated(Long.lowestOneBit(exponent), width);
    long signs = repeated(1L << (8 * width - 1), width);
    AtomicBoolean found = new AtomicBoolean();
    ParallelRanges.runInto(
        bytes,
        bytes.byteSize(),
        GRAIN_BYTES,
        (from, to) -> {
          for (long at = from; at < to && !found.get(); at += PIECE_BYTES) {
            MemorySegment piece = bytes.asSlice(at, Math.min(PIECE_BYTES, to - at));
            if ((carries(piece, exponents, lowest) & signs) != 0) {
              found.set(true);
            }
          }
        });
    return found.get();
  }

  private static long repeated(long element, int width) {
    long all = 0;
    for (int at = 0; at < Long.BYTES; at += width) {
      all |= element << (8 * at);
    }
    return all;
  }

  private static long carries(MemorySegment piece, long exponents, long lowest) {
    long whole = piece.byteSize() & -Long.BYTES;
    long carries = 0;
    for (long at = 0; at < whole; at += Long.BYTES) {
      carries |= (piece.get(LONG, at) & exponents) + lowest;
    }
    long rest = 0;
    for (long at = whole; at < piece.byteSize(); at++) {
      rest |= (piece.get(ValueLayout.JAVA_BYTE, at) & 0xFFL) << (8 * (at - whole));
    }
    return carries | ((rest & exponents) + lowest);
  }
}
