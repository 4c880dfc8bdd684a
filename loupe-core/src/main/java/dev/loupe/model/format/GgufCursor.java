package dev.loupe.model.format;

import dev.loupe.fault.LoupeException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** Reads little-endian values one after the other, never past the end, never past a bound. */
final class GgufCursor {
  private static final String REMEDY =
      "The file is damaged or not a GGUF model: download it again.";
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final String origin;
  private final MemorySegment bytes;
  private long offset;

  GgufCursor(String origin, MemorySegment bytes) {
    this.origin = origin;
    this.bytes = bytes;
  }

  /** A cursor over the same bytes at another place. */
  GgufCursor at(long place) {
    GgufCursor other = new GgufCursor(origin, bytes);
    other.offset = place;
    return other;
  }

  long offset() {
    return offset;
  }

  long remaining() {
    return bytes.byteSize() - offset;
  }

  byte int8(String what) {
    return bytes.get(ValueLayout.JAVA_BYTE, take(1, what));
  }

  short int16(String what) {
    return bytes.get(SHORT, take(2, what));
  }

  int int32(String what) {
    return bytes.get(INT, take(4, what));
  }

  long int64(String what) {
    return bytes.get(LONG, take(8, what));
  }

  /**
   * An unsigned 64-bit count of things that take at least {@code leastBytes} each.
   *
   * @throws LoupeException if so many cannot follow, or they are more than {@code most}
   */
  long count(long leastBytes, long most, String what) {
    long place = offset;
    long count = int64(what);
    if (count < 0 || count > remaining() / leastBytes) {
      throw fault(place, what + " " + Long.toUnsignedString(count) + " cannot fit in the file");
    }
    if (count > most) {
      throw fault(place, what + " " + count + " is more than " + most);
    }
    return count;
  }

  /** A text preceded by its length, of at most {@code most} bytes. */
  String text(long most, String what) {
    long place = offset;
    long length = count(1, most, "length of " + what);
    byte[] raw = bytes.asSlice(take(length, what), length).toArray(ValueLayout.JAVA_BYTE);
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(raw)).toString();
    } catch (CharacterCodingException e) {
      throw fault(place, what + " is not UTF-8");
    }
  }

  /** Passes over bytes. */
  void skip(long length, String what) {
    take(length, what);
  }

  private long take(long length, String what) {
    if (length > remaining()) {
      throw fault(offset, "the file ends inside " + what);
    }
    long place = offset;
    offset += length;
    return place;
  }

  /** A fault at a byte of the file. */
  LoupeException fault(long place, String what) {
    return LoupeException.badInput(origin + ": byte " + place + ": " + what, REMEDY);
  }
}
