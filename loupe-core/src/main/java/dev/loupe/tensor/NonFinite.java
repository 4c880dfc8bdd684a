package dev.loupe.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Looks for infinities and not-a-numbers, on all cores. The largest magnitude, as bits without the
 * sign, tells: from the all-ones exponent upwards nothing is finite.
 */
public final class NonFinite {
  private static final int PIECE_BYTES = 1 << 14;
  private static final long GRAIN_BYTES = 1 << 20;
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
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
      case F8_E4M3 -> anyFrom(0x7F, 1, bytes);
      case F8_E5M2 -> anyFrom(0x7C, 1, bytes);
      case F16 -> anyFrom(0x7C00, 2, bytes);
      case BF16 -> anyFrom(0x7F80, 2, bytes);
      case F32, C64 -> anyFrom(0x7F80_0000, 4, bytes);
      case F64 -> anyFrom(0x7FF0_0000_0000_0000L, 8, bytes);
      case BOOL, U8, I8, I16, U16, I32, U32, I64, U64 -> false;
    };
  }

  private static boolean anyFrom(long bound, int width, MemorySegment bytes) {
    AtomicBoolean found = new AtomicBoolean();
    ParallelRanges.runInto(
        bytes,
        bytes.byteSize(),
        GRAIN_BYTES,
        (from, to) -> {
          for (long at = from; at < to && !found.get(); at += PIECE_BYTES) {
            MemorySegment piece = bytes.asSlice(at, Math.min(PIECE_BYTES, to - at));
            if (largestMagnitude(piece, width) >= bound) {
              found.set(true);
            }
          }
        });
    return found.get();
  }

  private static long largestMagnitude(MemorySegment piece, int width) {
    return switch (width) {
      case 1 -> largestByte(piece);
      case 2 -> largestShort(piece);
      case 4 -> largestInt(piece);
      default -> largestLong(piece);
    };
  }

  private static int largestByte(MemorySegment piece) {
    int largest = 0;
    for (long at = 0; at < piece.byteSize(); at++) {
      largest = Math.max(largest, piece.get(ValueLayout.JAVA_BYTE, at) & 0x7F);
    }
    return largest;
  }

  private static int largestShort(MemorySegment piece) {
    int largest = 0;
    for (long at = 0; at < piece.byteSize(); at += 2) {
      largest = Math.max(largest, piece.get(SHORT, at) & 0x7FFF);
    }
    return largest;
  }

  private static int largestInt(MemorySegment piece) {
    int largest = 0;
    for (long at = 0; at < piece.byteSize(); at += 4) {
      largest = Math.max(largest, piece.get(INT, at) & Integer.MAX_VALUE);
    }
    return largest;
  }

  private static long largestLong(MemorySegment piece) {
    long largest = 0;
    for (long at = 0; at < piece.byteSize(); at += 8) {
      largest = Math.max(largest, piece.get(LONG, at) & Long.MAX_VALUE);
    }
    return largest;
  }
}
