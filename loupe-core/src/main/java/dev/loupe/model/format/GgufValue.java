package dev.loupe.model.format;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One value of the metadata, still in the file: its bounds are checked when the file is opened, its
 * content is decoded when it is asked for.
 *
 * @param key whose value
 * @param type what it is
 * @param place offset of the value in the file, after the type
 */
record GgufValue(String key, Type type, long place) {
  /** Arrays of arrays deeper than this occur in no model. */
  private static final int MAX_DEPTH = 4;

  /** Value types with the number that marks them and their bytes, 0 if they vary. */
  enum Type {
    UINT8(0, 1),
    INT8(1, 1),
    UINT16(2, 2),
    INT16(3, 2),
    UINT32(4, 4),
    INT32(5, 4),
    FLOAT32(6, 4),
    BOOL(7, 1),
    STRING(8, 0),
    ARRAY(9, 0),
    UINT64(10, 8),
    INT64(11, 8),
    FLOAT64(12, 8);

    private final int code;
    private final int bytes;

    Type(int code, int bytes) {
      this.code = code;
      this.bytes = bytes;
    }

    /** The fewest bytes that such a value takes. */
    private int leastBytes() {
      return switch (this) {
        case STRING -> 8;
        case ARRAY -> 12;
        default -> bytes;
      };
    }

    int code() {
      return code;
    }

    static Type read(GgufCursor cursor, String key) {
      long place = cursor.offset();
      int code = cursor.int32("the value type of " + key);
      for (Type type : values()) {
        if (type.code == code) {
          return type;
        }
      }
      throw cursor.fault(
          place, "value type " + Integer.toUnsignedString(code) + " of " + key + " is unknown");
    }
  }

  /** Reads the type, checks that the whole value is in the file, and skips it. */
  static GgufValue pass(String key, GgufCursor cursor) {
    Type type = Type.read(cursor, key);
    GgufValue value = new GgufValue(key, type, cursor.offset());
    value.pass(type, cursor, 0);
    return value;
  }

  private void pass(Type type, GgufCursor cursor, int depth) {
    switch (type) {
      case STRING -> cursor.skip(cursor.count(1, Long.MAX_VALUE, "length of " + key), key);
      case ARRAY -> passArray(cursor, depth + 1);
      case BOOL -> bool(cursor);
      default -> cursor.skip(type.bytes, key);
    }
  }

  private void passArray(GgufCursor cursor, int depth) {
    if (depth > MAX_DEPTH) {
      throw cursor.fault(cursor.offset(), key + " nests arrays deeper than " + MAX_DEPTH);
    }
    Type element = Type.read(cursor, key);
    long count = cursor.count(element.leastBytes(), Long.MAX_VALUE, "array length of " + key);
    if (element.bytes > 0 && element != Type.BOOL) {
      cursor.skip(count * element.bytes, key);
    } else {
      for (long i = 0; i < count; i++) {
        pass(element, cursor, depth);
      }
    }
  }

  private boolean bool(GgufCursor cursor) {
    byte value = cursor.int8(key);
    if (value != 0 && value != 1) {
      throw cursor.fault(cursor.offset() - 1, key + " is " + value + ", neither false nor true");
    }
    return value == 1;
  }

  /** The value if it is a whole number that fits 64 bits with sign. */
  Optional<Long> integer(GgufCursor file) {
    return integer(type, file.at(place));
  }

  private Optional<Long> integer(Type type, GgufCursor cursor) {
    return switch (type) {
      case UINT8 -> Optional.of((long) Byte.toUnsignedInt(cursor.int8(key)));
      case INT8 -> Optional.of((long) cursor.int8(key));
      case UINT16 -> Optional.of((long) Short.toUnsignedInt(cursor.int16(key)));
      case INT16 -> Optional.of((long) cursor.int16(key));
      case UINT32 -> Optional.of(Integer.toUnsignedLong(cursor.int32(key)));
      case INT32 -> Optional.of((long) cursor.int32(key));
      case UINT64 -> Optional.of(cursor.int64(key)).filter(value -> value >= 0);
      case INT64 -> Optional.of(cursor.int64(key));
      case FLOAT32, FLOAT64, BOOL, STRING, ARRAY -> Optional.empty();
    };
  }

  /** The value if it is a number of any kind. */
  Optional<Double> number(GgufCursor file) {
    return number(type, file.at(place));
  }

  private Optional<Double> number(Type type, GgufCursor cursor) {
    return switch (type) {
      case FLOAT32 -> Optional.of((double) Float.intBitsToFloat(cursor.int32(key)));
      case FLOAT64 -> Optional.of(Double.longBitsToDouble(cursor.int64(key)));
      default -> integer(type, cursor).map(Long::doubleValue);
    };
  }

  /** The value if it is true or false. */
  Optional<Boolean> flag(GgufCursor file) {
    return type == Type.BOOL ? Optional.of(bool(file.at(place))) : Optional.empty();
  }

  /** The value if it is text. */
  Optional<String> text(GgufCursor file) {
    return type == Type.STRING
        ? Optional.of(file.at(place).text(Integer.MAX_VALUE - 8, key))
        : Optional.empty();
  }

  /** The values if this is a list of texts. */
  Optional<List<String>> texts(GgufCursor file) {
    return items(
        file,
        (element, cursor) ->
            element == Type.STRING
                ? Optional.of(cursor.text(Integer.MAX_VALUE - 8, key))
                : Optional.empty());
  }

  /** The values if this is a list of truth values. */
  Optional<List<Boolean>> flags(GgufCursor file) {
    return items(
        file,
        (element, cursor) -> element == Type.BOOL ? Optional.of(bool(cursor)) : Optional.empty());
  }

  /** The values if this is a list of numbers. */
  Optional<List<Double>> numbers(GgufCursor file) {
    return items(file, this::number);
  }

  /** The values if this is a list of whole numbers. */
  Optional<List<Long>> integers(GgufCursor file) {
    return items(file, this::integer);
  }

  private <T> Optional<List<T>> items(GgufCursor file, Reader<T> reader) {
    if (type != Type.ARRAY) {
      return Optional.empty();
    }
    GgufCursor cursor = file.at(place);
    Type element = Type.read(cursor, key);
    long count = cursor.count(element.leastBytes(), Integer.MAX_VALUE - 8, "length of " + key);
    List<T> items = new ArrayList<>();
    for (long i = 0; i < count; i++) {
      Optional<T> item = reader.read(element, cursor);
      if (item.isEmpty()) {
        return Optional.empty();
      }
      items.add(item.get());
    }
    return Optional.of(items);
  }

  private interface Reader<T> {
    Optional<T> read(Type element, GgufCursor cursor);
  }
}
