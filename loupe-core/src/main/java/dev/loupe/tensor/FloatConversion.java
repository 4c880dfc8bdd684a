package dev.loupe.tensor;

import dev.loupe.fault.LoupeException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Widens or rounds the elements of a file to float32. */
final class FloatConversion {
  /** Elements converted at a time: input and output stay in the first-level cache. */
  private static final int PIECE = 2048;

  /** Elements for which it pays to wake another core. */
  private static final long GRAIN = 1 << 18;

  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

  private FloatConversion() {}

  static float[] toFloats(StoredTensor tensor) {
    if (tensor.elements() > Integer.MAX_VALUE - 8) {
      throw LoupeException.resource(
          "tensor "
              + tensor.name()
              + " has "
              + tensor.elements()
              + " elements, too many for one"
              + " array",
          "Read it in pieces.");
    }
    float[] values = new float[(int) tensor.elements()];
    convert(tensor, MemorySegment.ofArray(values));
    return values;
  }

  static void convert(StoredTensor tensor, MemorySegment destination) {
    long elements = tensor.elements();
    if (destination.byteSize() != elements * Float.BYTES) {
      throw new IllegalArgumentException(
          "destination has " + destination.byteSize() + " bytes, needs " + elements * Float.BYTES);
    }
    if (tensor.dtype() == DType.C64) {
      throw LoupeException.badInput(
          "tensor " + tensor.name() + " holds complex numbers (C64)",
          "Only real tensors can be read as float32.");
    }
    ParallelRanges.runInto(
        destination, elements, GRAIN, (from, to) -> convert(tensor, from, to, destination));
  }

  private static void convert(StoredTensor tensor, long from, long to, MemorySegment destination) {
    int width = tensor.dtype().bytes();
    float[] values = new float[PIECE];
    ByteBuffer raw = ByteBuffer.allocate(PIECE * width).order(ByteOrder.LITTLE_ENDIAN);
    MemorySegment rawBytes = MemorySegment.ofArray(raw.array());
    for (long start = from; start < to; start += PIECE) {
      int count = (int) Math.min(PIECE, to - start);
      MemorySegment.copy(tensor.bytes(), start * width, rawBytes, 0, (long) count * width);
      widen(tensor.dtype(), raw, count, values);
      MemorySegment.copy(values, 0, destination, FLOAT, start * Float.BYTES, count);
    }
  }

  private static void widen(DType type, ByteBuffer raw, int count, float[] values) {
    switch (type) {
      case F32 -> raw.asFloatBuffer().get(0, values, 0, count);
      case F16 -> {
        for (int i = 0; i < count; i++) {
          values[i] = Float.float16ToFloat(raw.getShort(2 * i));
        }
      }
      case BF16 -> {
        for (int i = 0; i < count; i++) {
          values[i] = Float.intBitsToFloat(raw.getShort(2 * i) << 16);
        }
      }
      case F64 -> {
        for (int i = 0; i < count; i++) {
          values[i] = (float) raw.getDouble(8 * i);
        }
      }
      case F8_E4M3 -> {
        for (int i = 0; i < count; i++) {
          values[i] = fromE4m3(raw.get(i));
        }
      }
      case F8_E5M2 -> {
        // The upper half of a float16.
        for (int i = 0; i < count; i++) {
          values[i] = Float.float16ToFloat((short) (raw.get(i) << 8));
        }
      }
      case BOOL -> {
        for (int i = 0; i < count; i++) {
          values[i] = raw.get(i) == 0 ? 0 : 1;
        }
      }
      case U8, I8, U16, I16, U32, I32, U64, I64 -> widenIntegers(type, raw, count, values);
      case C64 -> throw new IllegalArgumentException("complex numbers have no float32 value");
    }
  }

  private static void widenIntegers(DType type, ByteBuffer raw, int count, float[] values) {
    for (int i = 0; i < count; i++) {
      values[i] =
          switch (type) {
            case U8 -> Byte.toUnsignedInt(raw.get(i));
            case I8 -> raw.get(i);
            case U16 -> Short.toUnsignedInt(raw.getShort(2 * i));
            case I16 -> raw.getShort(2 * i);
            case U32 -> Integer.toUnsignedLong(raw.getInt(4 * i));
            case I32 -> raw.getInt(4 * i);
            case U64 -> fromUnsigned(raw.getLong(8 * i));
            case I64 -> raw.getLong(8 * i);
            case BOOL, F8_E4M3, F8_E5M2, F16, BF16, F32, F64, C64 ->
                throw new IllegalArgumentException(type + " is not an integer type");
          };
    }
  }

  /** Four exponent bits (bias 7), three of mantissa, no infinities; all ones is not a number. */
  private static float fromE4m3(byte bits) {
    int exponent = (bits >> 3) & 0xF;
    int mantissa = bits & 7;
    float size;
    if (exponent == 15 && mantissa == 7) {
      size = Float.NaN;
    } else if (exponent == 0) {
      size = mantissa * 0x1p-9f;
    } else {
      size = Float.intBitsToFloat(((exponent + 120) << 23) | (mantissa << 20));
    }
    return bits < 0 ? -size : size;
  }

  /** Halving keeps the lost bit, so that the one rounding is the right one. */
  private static float fromUnsigned(long bits) {
    return bits >= 0 ? bits : (float) ((bits >>> 1) | (bits & 1)) * 2;
  }
}
