package dev.loupe.model.format;

import dev.loupe.fault.LoupeException;
import dev.loupe.tensor.MappedFile;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/**
 * Everything before the tensor data, checked.
 *
 * @param metadata values by key
 * @param tensors tensors by name
 */
record GgufHeader(
    SequencedMap<String, GgufValue> metadata, SequencedMap<String, GgufTensor> tensors) {
  private static final int MAGIC = 'G' | 'G' << 8 | 'U' << 16 | 'F' << 24;
  private static final String ALIGNMENT = "general.alignment";
  private static final long DEFAULT_ALIGNMENT = 32;
  private static final int MAX_DIMENSIONS = 4;

  // Far above any model; they bound the memory that a hostile file can claim.
  private static final long MAX_KEYS = 1 << 16;
  private static final long MAX_TENSORS = 1 << 18;
  private static final long MAX_NAME_BYTES = 65_535;

  /** The fewest bytes of a metadata entry: an empty key, a type, a byte. */
  private static final long LEAST_ENTRY_BYTES = 8 + 4 + 1;

  /** The fewest bytes of a tensor description: empty name, no dimension, type, offset. */
  private static final long LEAST_TENSOR_BYTES = 8 + 4 + 4 + 8;

  /** A tensor description, with the place of its offset for messages. */
  private record Description(
      String name, GgmlType type, List<Long> shape, long bytes, long offset, long place) {}

  static GgufHeader read(GgufCursor cursor, MappedFile file) {
    if (cursor.int32("the magic") != MAGIC) {
      throw cursor.fault(0, "does not start with GGUF");
    }
    version(cursor);
    long tensorCount = cursor.count(LEAST_TENSOR_BYTES, MAX_TENSORS, "tensor count");
    long keyCount = cursor.count(LEAST_ENTRY_BYTES, MAX_KEYS, "metadata count");
    SequencedMap<String, GgufValue> metadata = metadata(cursor, keyCount);
    List<Description> descriptions = new ArrayList<>();
    for (long i = 0; i < tensorCount; i++) {
      descriptions.add(description(cursor));
    }
    return new GgufHeader(
        metadata, tensors(cursor, file, descriptions, alignment(metadata, cursor)));
  }

  private static void version(GgufCursor cursor) {
    long place = cursor.offset();
    int version = cursor.int32("the version");
    if (version != 2 && version != 3) {
      boolean swapped = Integer.reverseBytes(version) == 2 || Integer.reverseBytes(version) == 3;
      throw cursor.fault(
          place,
          swapped
              ? "the file is big-endian; only little-endian files are read"
              : "version " + Integer.toUnsignedString(version) + " is not supported, only 2 and 3");
    }
  }

  private static SequencedMap<String, GgufValue> metadata(GgufCursor cursor, long count) {
    SequencedMap<String, GgufValue> metadata = new LinkedHashMap<>();
    for (long i = 0; i < count; i++) {
      long place = cursor.offset();
      String key = cursor.text(MAX_NAME_BYTES, "a metadata key");
      if (metadata.containsKey(key)) {
        throw cursor.fault(place, "the metadata key " + key + " is given twice");
      }
      metadata.put(key, GgufValue.pass(key, cursor));
    }
    return metadata;
  }

  private static long alignment(SequencedMap<String, GgufValue> metadata, GgufCursor cursor) {
    if (!metadata.containsKey(ALIGNMENT)) {
      return DEFAULT_ALIGNMENT;
    }
    GgufValue value = metadata.get(ALIGNMENT);
    long alignment = value.type() == GgufValue.Type.UINT32 ? value.integer(cursor).orElse(0L) : 0;
    if (Long.bitCount(alignment) != 1) {
      throw cursor.fault(value.place(), ALIGNMENT + " is not a 32-bit power of two");
    }
    return alignment;
  }

  private static Description description(GgufCursor cursor) {
    String name = cursor.text(MAX_NAME_BYTES, "a tensor name");
    String what = "tensor " + name;
    long place = cursor.offset();
    int dimensions = cursor.int32("the dimensions of " + what);
    if (dimensions < 0 || dimensions > MAX_DIMENSIONS) {
      throw cursor.fault(
          place,
          what + " has " + Integer.toUnsignedString(dimensions) + " dimensions, more than 4");
    }
    List<Long> shape = new ArrayList<>();
    long elements = 1;
    for (int i = 0; i < dimensions; i++) {
      long size = cursor.int64("a size of " + what);
      if (size < 0 || Math.multiplyHigh(elements, size) != 0 || elements * size < 0) {
        throw cursor.fault(place, what + " has 2^63 elements or more");
      }
      elements *= size;
      shape.add(size);
    }
    long typePlace = cursor.offset();
    int code = cursor.int32("the type of " + what);
    GgmlType type =
        GgmlType.coded(code)
            .orElseThrow(() ->
                cursor.fault(
                    typePlace,
                    "%s has storage type %s, which is unknown"
                        .formatted(what, Integer.toUnsignedString(code))));
    long row = shape.isEmpty() ? 1 : shape.getFirst();
    if (row % type.blockElements() != 0) {
      throw cursor.fault(
          place, what + " has rows of " + row + ", not whole blocks of " + type.blockElements());
    }
    long blocks = elements / type.blockElements();
    if (blocks > Long.MAX_VALUE / type.blockBytes()) {
      throw cursor.fault(place, what + " has 2^63 bytes or more");
    }
    long offsetPlace = cursor.offset();
    long offset = cursor.int64("the offset of " + what);
    return new Description(
        name, type, shape.reversed(), blocks * type.blockBytes(), offset, offsetPlace);
  }

  private static SequencedMap<String, GgufTensor> tensors(
      GgufCursor cursor, MappedFile file, List<Description> descriptions, long alignment) {
    long start = Math.ceilDiv(cursor.offset(), alignment) * alignment;
    long size = Math.max(0, file.size() - start);
    SequencedMap<String, GgufTensor> tensors = new LinkedHashMap<>();
    for (Description each : descriptions) {
      String what = "tensor " + each.name();
      String offset = Long.toUnsignedString(each.offset());
      if (each.offset() < 0 || each.offset() > size || each.bytes() > size - each.offset()) {
        throw cursor.fault(
            each.place(),
            "%s takes %d bytes from %s of the tensor data, which has %d"
                .formatted(what, each.bytes(), offset, size));
      }
      if (each.offset() % alignment != 0) {
        throw cursor.fault(
            each.place(), what + " starts at " + offset + ", not a multiple of " + alignment);
      }
      if (tensors.containsKey(each.name())) {
        throw cursor.fault(each.place(), what + " is given twice");
      }
      // Without elements nothing is sliced: the data may end before an aligned start.
      var bytes = file.bytes().asSlice(each.bytes() == 0 ? 0 : start + each.offset(), each.bytes());
      tensors.put(each.name(), new GgufTensor(each.name(), each.type(), each.shape(), bytes));
    }
    refuseOverlap(cursor, descriptions);
    return Collections.unmodifiableSequencedMap(tensors);
  }

  private static void refuseOverlap(GgufCursor cursor, List<Description> descriptions) {
    List<Description> ordered = new ArrayList<>(descriptions);
    ordered.removeIf(each -> each.bytes() == 0);
    ordered.sort(Comparator.comparingLong(Description::offset));
    for (int i = 1; i < ordered.size(); i++) {
      Description before = ordered.get(i - 1);
      if (before.offset() + before.bytes() > ordered.get(i).offset()) {
        LoupeException fault =
            cursor.fault(
                ordered.get(i).place(),
                "tensors " + before.name() + " and " + ordered.get(i).name() + " overlap");
        throw fault;
      }
    }
  }
}
