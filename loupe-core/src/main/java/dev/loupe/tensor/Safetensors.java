package dev.loupe.tensor;

import dev.loupe.fault.LoupeException;
import dev.loupe.file.JsonText;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import tools.jackson.core.JacksonException;

/**
 * One safetensors file, memory-mapped: eight bytes of header length, a JSON header, the elements.
 * Opening it checks everything that the header claims; the tensors must cover the data without gap
 * or overlap. For a folder with several such files see {@link SafetensorsFolder}.
 */
public final class Safetensors implements TensorStore {
  /** Longest header that is read. */
  static final long MAX_HEADER_BYTES = 100_000_000;

  private static final String REMEDY =
      "The file is damaged or not a safetensors file: download it again.";
  private static final ValueLayout.OfLong LENGTH =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final MappedFile file;
  private final SequencedMap<String, StoredTensor> tensors;
  private final Map<String, String> metadata;

  private Safetensors(
      MappedFile file, SequencedMap<String, StoredTensor> tensors, Map<String, String> metadata) {
    this.file = file;
    this.tensors = Collections.unmodifiableSequencedMap(tensors);
    this.metadata = Collections.unmodifiableMap(metadata);
  }

  /**
   * Opens a file.
   *
   * @throws LoupeException if it cannot be read or breaks a rule of the format
   */
  public static Safetensors open(Path path) {
    MappedFile file = MappedFile.open(path);
    boolean opened = false;
    try {
      Safetensors result = new Opening(file).open();
      opened = true;
      return result;
    } finally {
      if (!opened) {
        file.close();
      }
    }
  }

  @Override
  public SequencedMap<String, StoredTensor> tensors() {
    return tensors;
  }

  @Override
  public Map<String, String> metadata() {
    return metadata;
  }

  @Override
  public String origin() {
    return file.path().toString();
  }

  @Override
  public void close() {
    file.close();
  }

  /** The checks, in the order in which later ones rely on earlier ones. */
  private record Opening(MappedFile file) {
    Safetensors open() {
      long headerBytes = headerBytes();
      SafetensorsHeader header = header(headerBytes);
      MemorySegment data = file.bytes().asSlice(8 + headerBytes);
      return new Safetensors(file, tensors(header, data), header.metadata());
    }

    private long headerBytes() {
      if (file.size() < 8) {
        throw fault("has " + file.size() + " bytes, fewer than the 8 of the header length");
      }
      long length = file.bytes().get(LENGTH, 0);
      if (Long.compareUnsigned(length, MAX_HEADER_BYTES) > 0) {
        throw fault(
            "header length at byte 0 is "
                + Long.toUnsignedString(length)
                + ", more than "
                + MAX_HEADER_BYTES);
      }
      if (length > file.size() - 8) {
        throw fault(
            "header length at byte 0 is "
                + length
                + ", but "
                + (file.size() - 8)
                + " bytes follow");
      }
      return length;
    }

    private SafetensorsHeader header(long headerBytes) {
      byte[] bytes = file.bytes().asSlice(8, headerBytes).toArray(ValueLayout.JAVA_BYTE);
      String text;
      try {
        text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      } catch (CharacterCodingException e) {
        throw LoupeException.badInput(file.path() + ": the header is not UTF-8", REMEDY, e);
      }
      try {
        return SafetensorsHeader.parse(text);
      } catch (SafetensorsHeader.Fault e) {
        throw fault("header, byte " + byteOffset(text, e.character()) + ": " + e.getMessage());
      } catch (JacksonException e) {
        long offset = byteOffset(text, e.getLocation().getCharOffset());
        throw LoupeException.badInput(
            file.path() + ": header, byte " + offset + ": not JSON: " + JsonText.why(e), REMEDY, e);
      }
    }

    private static long byteOffset(String text, long character) {
      int end = Math.clamp(character, 0, text.length());
      return 8L + text.substring(0, end).getBytes(StandardCharsets.UTF_8).length;
    }

    private SequencedMap<String, StoredTensor> tensors(
        SafetensorsHeader header, MemorySegment data) {
      List<Map.Entry<String, SafetensorsHeader.Entry>> byOffset =
          header.tensors().entrySet().stream()
              .sorted(
                  Comparator.comparing(
                          (Map.Entry<String, SafetensorsHeader.Entry> e) -> e.getValue().from(),
                          Long::compareUnsigned)
                      .thenComparing(e -> e.getValue().to(), Long::compareUnsigned))
              .toList();
      SequencedMap<String, StoredTensor> tensors = new LinkedHashMap<>();
      long expected = 0;
      for (Map.Entry<String, SafetensorsHeader.Entry> named : byOffset) {
        StoredTensor tensor = tensor(named.getKey(), named.getValue(), expected, data);
        tensors.put(tensor.name(), tensor);
        expected = named.getValue().to();
      }
      if (expected != data.byteSize()) {
        throw fault(
            "the tensors end at data byte " + expected + " but the data at " + data.byteSize());
      }
      return tensors;
    }

    private StoredTensor tensor(
        String name, SafetensorsHeader.Entry entry, long expected, MemorySegment data) {
      DType dtype =
          DType.named(entry.dtype())
              .orElseThrow(() -> fault("tensor " + name + ": no dtype " + entry.dtype()));
      if (entry.from() != expected || Long.compareUnsigned(entry.to(), entry.from()) < 0) {
        throw fault(
            "tensor %s: data_offsets are %s to %s, but the tensor must start at %d"
                .formatted(
                    name,
                    Long.toUnsignedString(entry.from()),
                    Long.toUnsignedString(entry.to()),
                    expected));
      }
      if (Long.compareUnsigned(entry.to(), data.byteSize()) > 0) {
        throw fault(
            "tensor %s: ends at data byte %s but the data at %d"
                .formatted(name, Long.toUnsignedString(entry.to()), data.byteSize()));
      }
      long bytes = bytes(name, entry.shape(), dtype);
      if (bytes != entry.to() - entry.from()) {
        throw fault(
            "tensor %s: %s %s needs %s bytes but data_offsets give %d"
                .formatted(
                    name,
                    dtype,
                    entry.shape(),
                    Long.toUnsignedString(bytes),
                    entry.to() - entry.from()));
      }
      return new StoredTensor(name, dtype, entry.shape(), data.asSlice(entry.from(), bytes));
    }

    /** Multiplied from the left like the reference reader: what wraps before a 0 comes is wrong. */
    private long bytes(String name, List<Long> shape, DType dtype) {
      long product = 1;
      for (long size : shape) {
        product = multiply(name, product, size);
      }
      return multiply(name, product, dtype.bytes());
    }

    private long multiply(String name, long left, long right) {
      if (Math.unsignedMultiplyHigh(left, right) != 0) {
        throw fault("tensor " + name + ": the shape has 2^64 elements or bytes, or more");
      }
      return left * right;
    }

    private LoupeException fault(String what) {
      return LoupeException.badInput(file.path() + ": " + what, REMEDY);
    }
  }
}
