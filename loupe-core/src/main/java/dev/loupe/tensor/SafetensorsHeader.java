package dev.loupe.tensor;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;

/**
 * The JSON text at the head of a safetensors file, as strict as the reference reader and in one
 * point stricter: of two tensors with one name the reference takes the later, Loupe neither, since
 * nothing says which one the model was trained with. A field may not repeat, further fields are
 * skipped. Offsets and sizes are unsigned 64-bit.
 *
 * @param tensors what is said of each tensor, by name
 * @param metadata free text
 */
record SafetensorsHeader(SequencedMap<String, Entry> tensors, Map<String, String> metadata) {
  static final String METADATA = "__metadata__";

  /** No tensor library goes further; it bounds what a hostile header can make us keep. */
  private static final int MAX_DIMENSIONS = 64;

  private static final JsonFactory JSON =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder().maxNestingDepth(127).maxNameLength(1 << 20).build())
          .build();

  /**
   * What the header says of one tensor, not yet checked against the file.
   *
   * @param from offset of the first byte, counted from the end of the header, unsigned
   * @param to offset after the last byte, unsigned
   */
  record Entry(String dtype, List<Long> shape, long from, long to) {
    private String shown() {
      return "%s %s at data byte %s".formatted(dtype, shape, Long.toUnsignedString(from));
    }
  }

  /** A fault at a character of the header. */
  static final class Fault extends Exception {
    private static final long serialVersionUID = 1;
    private final long character;

    Fault(String message, long character) {
      super(message, null, false, false);
      this.character = character;
    }

    long character() {
      return character;
    }
  }

  /** Reads the text. Jackson's own exceptions mean that it is not JSON. */
  static SafetensorsHeader parse(String text) throws Fault {
    try (JsonParser json = JSON.createParser(ObjectReadContext.empty(), text)) {
      SafetensorsHeader header = new Reading(json).header();
      if (json.nextToken() != null) {
        throw fault(json, "text after the closing brace");
      }
      return header;
    }
  }

  private static Fault fault(JsonParser json, String message) {
    return new Fault(message, json.currentTokenLocation().getCharOffset());
  }

  private record Reading(JsonParser json) {
    SafetensorsHeader header() throws Fault {
      expect(json.nextToken(), JsonToken.START_OBJECT, "the header is not a JSON object");
      SequencedMap<String, Entry> tensors = new LinkedHashMap<>();
      Optional<Map<String, String>> metadata = Optional.empty();
      while (json.nextToken() != JsonToken.END_OBJECT) {
        String name = wellFormed(json.currentName());
        json.nextToken();
        if (!name.equals(METADATA)) {
          long place = json.currentTokenLocation().getCharOffset();
          Entry entry = entry(name);
          Optional<Entry> earlier = Optional.ofNullable(tensors.put(name, entry));
          if (earlier.isPresent()) {
            throw new Fault(
                "tensor %s is given twice, as %s and as %s"
                    .formatted(name, earlier.get().shown(), entry.shown()),
                place);
          }
        } else if (metadata.isPresent()) {
          throw fault(json, "a second " + METADATA);
        } else {
          metadata = Optional.of(metadata());
        }
      }
      return new SafetensorsHeader(tensors, metadata.orElse(Map.of()));
    }

    private Map<String, String> metadata() throws Fault {
      if (json.currentToken() == JsonToken.VALUE_NULL) {
        return Map.of();
      }
      expect(json.currentToken(), JsonToken.START_OBJECT, METADATA + " is not an object");
      Map<String, String> metadata = new LinkedHashMap<>();
      while (json.nextToken() != JsonToken.END_OBJECT) {
        String key = wellFormed(json.currentName());
        expect(json.nextToken(), JsonToken.VALUE_STRING, METADATA + " " + key + " is not text");
        metadata.put(key, wellFormed(json.getString()));
      }
      return metadata;
    }

    private Entry entry(String name) throws Fault {
      String where = "tensor " + name + ": ";
      expect(json.currentToken(), JsonToken.START_OBJECT, where + "not an object");
      Optional<String> dtype = Optional.empty();
      Optional<List<Long>> shape = Optional.empty();
      Optional<List<Long>> offsets = Optional.empty();
      while (json.nextToken() != JsonToken.END_OBJECT) {
        String field = json.currentName();
        json.nextToken();
        switch (field) {
          case "dtype" -> {
            once(dtype, where + field);
            expect(json.currentToken(), JsonToken.VALUE_STRING, where + "dtype is not text");
            dtype = Optional.of(json.getString());
          }
          case "shape" -> {
            once(shape, where + field);
            shape = Optional.of(sizes(where + "shape", MAX_DIMENSIONS));
          }
          case "data_offsets" -> {
            once(offsets, where + field);
            offsets = Optional.of(sizes(where + "data_offsets", 2));
          }
          default -> json.skipChildren();
        }
      }
      List<Long> range = present(offsets, where + "data_offsets");
      if (range.size() != 2) {
        throw fault(json, where + "data_offsets holds " + range.size() + " numbers, not 2");
      }
      return new Entry(
          present(dtype, where + "dtype"),
          present(shape, where + "shape"),
          range.getFirst(),
          range.getLast());
    }

    private List<Long> sizes(String what, int most) throws Fault {
      expect(json.currentToken(), JsonToken.START_ARRAY, what + " is not a list");
      List<Long> sizes = new ArrayList<>();
      while (json.nextToken() != JsonToken.END_ARRAY) {
        if (sizes.size() == most) {
          throw fault(json, what + " holds more than " + most + " numbers");
        }
        sizes.add(unsigned(what));
      }
      return sizes;
    }

    private long unsigned(String what) throws Fault {
      expect(
          json.currentToken(),
          JsonToken.VALUE_NUMBER_INT,
          what + " holds something other than whole numbers");
      BigInteger value = json.getBigIntegerValue();
      // A literal -0 is no unsigned number either.
      if (json.getString().startsWith("-") || value.bitLength() > Long.SIZE) {
        throw fault(json, what + " holds " + json.getString() + ", outside 0 to 2^64 - 1");
      }
      return value.longValue();
    }

    private <T> T present(Optional<T> value, String what) throws Fault {
      return value.orElseThrow(() -> fault(json, what + " is missing"));
    }

    private void once(Optional<?> value, String what) throws Fault {
      if (value.isPresent()) {
        throw fault(json, what + " is given twice");
      }
    }

    private void expect(JsonToken actual, JsonToken expected, String otherwise) throws Fault {
      if (actual != expected) {
        throw fault(json, otherwise);
      }
    }

    /** An escape such as {@code \ud800} alone is not a character. */
    private String wellFormed(String text) throws Fault {
      if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
        throw fault(json, "half of a surrogate pair in a text");
      }
      return text;
    }
  }
}
