package dev.loupe.corpus;

import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Structures in Thrift's compact protocol, in which Parquet writes its footer and its page headers,
 * read without knowing what they mean. No length is accepted beyond the bytes that follow.
 */
final class ThriftReader {
  private static final int MOST_DEEP = 16;

  /** Longer texts are statistics, which nobody here asks for. */
  private static final int LONGEST_TEXT = 4096;

  /** One structure: its values by field number, numbers as Long, texts as String. */
  record Struct(Map<Integer, Object> fields) {
    /** A whole number, or what stands for its absence. */
    long number(int field, long otherwise) {
      return fields.get(field) instanceof Long number ? number : otherwise;
    }

    /** A structure, one without fields if it is absent. */
    Struct struct(int field) {
      return fields.get(field) instanceof Struct struct ? struct : new Struct(Map.of());
    }

    boolean has(int field) {
      return fields.containsKey(field);
    }

    String text(int field) {
      return fields.get(field) instanceof String text ? text : "";
    }

    /** The elements of a list that are of a kind, none if it is absent. */
    <T> List<T> list(int field, Class<T> kind) {
      return fields.get(field) instanceof List<?> list
          ? list.stream().filter(kind::isInstance).map(kind::cast).toList()
          : List.of();
    }
  }

  private final MemorySegment bytes;
  private long at;

  ThriftReader(MemorySegment bytes) {
    this.bytes = bytes;
  }

  /** How many bytes were read. */
  long position() {
    return at;
  }

  /**
   * The structure that begins here.
   *
   * @throws IOException if the bytes end early or are none
   */
  Struct struct() throws IOException {
    return struct(0);
  }

  private Struct struct(int depth) throws IOException {
    if (depth > MOST_DEEP) {
      throw new IOException("its metadata nest deeper than " + MOST_DEEP);
    }
    Map<Integer, Object> fields = new HashMap<>();
    int field = 0;
    for (int head = next(); head != 0; head = next()) {
      int delta = head >> 4;
      field = delta == 0 ? (int) zigzag() : field + delta;
      int type = head & 0xF;
      // In a field the type is the truth value itself.
      fields.put(field, type == 1 || type == 2 ? (Object) (long) (2 - type) : value(type, depth));
    }
    return new Struct(fields);
  }

  private Object value(int type, int depth) throws IOException {
    return switch (type) {
      case 1, 2, 3 -> (long) (byte) next();
      case 4, 5, 6 -> zigzag();
      case 7 -> skip(Double.BYTES);
      case 8 -> text();
      case 9, 10 -> list(depth + 1);
      case 11 -> map(depth + 1);
      case 12 -> struct(depth + 1);
      case 13 -> skip(16);
      default -> throw new IOException("its metadata hold a value of unknown type " + type);
    };
  }

  private String text() throws IOException {
    long length = length();
    String text =
        length > LONGEST_TEXT
            ? ""
            : new String(
                bytes.asSlice(at, length).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
    at += length;
    return text;
  }

  private List<Object> list(int depth) throws IOException {
    if (depth > MOST_DEEP) {
      throw new IOException("its metadata nest deeper than " + MOST_DEEP);
    }
    int head = next();
    long size = head >> 4 == 15 ? length() : head >> 4;
    List<Object> list = new ArrayList<>();
    for (long i = 0; i < size; i++) {
      list.add(value(head & 0xF, depth));
    }
    return list;
  }

  /** No field that is asked for is a map; its bytes are skipped. */
  private List<Object> map(int depth) throws IOException {
    long size = length();
    int types = size == 0 ? 0 : next();
    for (long i = 0; i < size; i++) {
      value(types >> 4, depth);
      value(types & 0xF, depth);
    }
    return List.of();
  }

  /** A count of bytes, or of things that take at least one, that follow. */
  private long length() throws IOException {
    long length = varint();
    if (length < 0 || length > bytes.byteSize() - at) {
      throw new EOFException(
          "its metadata claim a length of %s where %d bytes follow"
              .formatted(Long.toUnsignedString(length), bytes.byteSize() - at));
    }
    return length;
  }

  private String skip(long length) throws IOException {
    if (length > bytes.byteSize() - at) {
      throw new EOFException("its metadata end early");
    }
    at += length;
    return "";
  }

  private long zigzag() throws IOException {
    long value = varint();
    return value >>> 1 ^ -(value & 1);
  }

  private long varint() throws IOException {
    long value = 0;
    for (int shift = 0; shift < Long.SIZE; shift += 7) {
      int next = next();
      value |= (long) (next & 0x7F) << shift;
      if (next < 0x80) {
        return value;
      }
    }
    throw new IOException("its metadata hold a number of more than 64 bits");
  }

  private int next() throws IOException {
    if (at >= bytes.byteSize()) {
      throw new EOFException("its metadata end early");
    }
    return bytes.get(ValueLayout.JAVA_BYTE, at++) & 0xFF;
  }
}
