package dev.loupe.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Each pattern of bits, alone at every place of a segment whose other elements are the largest. */
class NonFiniteTest {
  /** What the format's definition says of one element. */
  private static boolean isNonFinite(DType dtype, long bits) {
    return switch (dtype) {
      case F8_E4M3 -> (bits & 0x7F) == 0x7F;
      case F8_E5M2 -> (bits & 0x7C) == 0x7C;
      case F16 -> !Float.isFinite(Float.float16ToFloat((short) bits));
      case BF16 -> !Float.isFinite(Float.intBitsToFloat((int) bits << 16));
      case F32 -> !Float.isFinite(Float.intBitsToFloat((int) bits));
      case F64 -> !Double.isFinite(Double.longBitsToDouble(bits));
      default -> false;
    };
  }

  private static long largest(DType dtype) {
    return switch (dtype) {
      case F8_E4M3 -> 0xFE;
      case F8_E5M2 -> 0xFB;
      case F16 -> 0xFBFF;
      case BF16 -> 0xFF7F;
      case F32 -> Float.floatToRawIntBits(-Float.MAX_VALUE);
      case F64 -> Double.doubleToRawLongBits(-Double.MAX_VALUE);
      default -> -1;
    };
  }

  private static void put(ByteBuffer bytes, int at, int width, long bits) {
    for (int i = 0; i < width; i++) {
      bytes.put(at * width + i, (byte) (bits >> (8 * i)));
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"F8_E4M3", "F8_E5M2", "F16", "BF16", "F32", "F64", "I16", "U8"})
  void everyPatternAtEveryPlace(DType dtype) {
    int width = dtype.bytes();
    Random random = new Random(1);
    int patterns = width == 1 ? 256 : 65_536;
    for (int pattern = 0; pattern < patterns; pattern++) {
      // Of wide elements the upper bits, which hold sign and exponent; the others are 0 or drawn.
      long upper = width <= 2 ? pattern : (long) pattern << (8 * width - 16);
      long lower = width <= 2 || pattern % 2 == 0 ? 0 : random.nextLong() & ((1L << 16) - 1);
      int count = 1 + pattern % 19;
      int place = random.nextInt(count);
      ByteBuffer bytes = ByteBuffer.allocate(count * width).order(ByteOrder.LITTLE_ENDIAN);
      for (int at = 0; at < count; at++) {
        put(bytes, at, width, at == place ? upper | lower : largest(dtype));
      }
      assertEquals(
          isNonFinite(dtype, upper | lower),
          NonFinite.in(dtype, MemorySegment.ofBuffer(bytes)),
          () -> "%s %x at %d of %d".formatted(dtype, upper | lower, place, count));
    }
  }

  /** Long segments are looked at in pieces, on several threads. */
  @ParameterizedTest
  @EnumSource(names = {"BF16", "F32", "F64"})
  void oneElementOfMany(DType dtype) {
    int width = dtype.bytes();
    int count = (5 << 20) / width + 3;
    ByteBuffer bytes = ByteBuffer.allocateDirect(count * width).order(ByteOrder.LITTLE_ENDIAN);
    for (int place : new int[] {0, count / 2, count - 1}) {
      assertEquals(false, NonFinite.in(dtype, MemorySegment.ofBuffer(bytes)));
      put(bytes, place, width, -1);
      assertEquals(true, NonFinite.in(dtype, MemorySegment.ofBuffer(bytes)), "at " + place);
      put(bytes, place, width, 0);
    }
  }
}
