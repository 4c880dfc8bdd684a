package dev.loupe.tensor;

import dev.loupe.fault.FileFault;
import dev.loupe.fault.LoupeException;
import java.io.IOException;
import java.io.StringWriter;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/**
 * Writes one safetensors file. The same tensors give the same bytes in whatever order they were
 * added: widest elements first, then by name, so that every tensor is aligned to its element.
 *
 * <pre>{@code
 * new SafetensorsWriter().metadata("format", "pt").add(tensor).write(path);
 * }</pre>
 */
public final class SafetensorsWriter {
  private static final long PIECE = 1 << 26;
  private static final JsonFactory JSON = new JsonFactory();

  private final SortedMap<String, StoredTensor> tensors = new TreeMap<>();
  private final SortedMap<String, String> metadata = new TreeMap<>();

  /** Attaches a text to the file. */
  public SafetensorsWriter metadata(String key, String value) {
    metadata.put(requireUtf8(key), requireUtf8(value));
    return this;
  }

  /**
   * Adds a tensor; its bytes are read by {@link #write}.
   *
   * @throws IllegalArgumentException if the name is taken or reserved, or the shape does not fit
   *     the bytes
   */
  public SafetensorsWriter add(StoredTensor tensor) {
    long bytes = tensor.dtype().bytes();
    for (long size : tensor.sizes()) {
      if (size < 0) {
        throw new IllegalArgumentException(tensor.name() + " has a negative size");
      }
      bytes = Math.multiplyExact(bytes, size);
    }
    if (bytes != tensor.bytes().byteSize()) {
      throw new IllegalArgumentException(
          tensor.name() + " needs " + bytes + " bytes, has " + tensor.bytes().byteSize());
    }
    if (requireUtf8(tensor.name()).equals(SafetensorsHeader.METADATA)
        || tensors.containsKey(tensor.name())) {
      throw new IllegalArgumentException("the name " + tensor.name() + " is reserved or taken");
    }
    tensors.put(tensor.name(), tensor);
    return this;
  }

  /** Adds float32 values with a shape. */
  public SafetensorsWriter add(String name, float[] values, long... shape) {
    ByteBuffer bytes = ByteBuffer.allocate(Math.multiplyExact(values.length, Float.BYTES));
    bytes.order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().put(values);
    return add(new StoredTensor(name, DType.F32, sizes(shape), MemorySegment.ofBuffer(bytes)));
  }

  /** Adds float64 values with a shape. */
  public SafetensorsWriter add(String name, double[] values, long... shape) {
    ByteBuffer bytes = ByteBuffer.allocate(Math.multiplyExact(values.length, Double.BYTES));
    bytes.order(ByteOrder.LITTLE_ENDIAN).asDoubleBuffer().put(values);
    return add(new StoredTensor(name, DType.F64, sizes(shape), MemorySegment.ofBuffer(bytes)));
  }

  private static List<Long> sizes(long[] shape) {
    return Arrays.stream(shape).boxed().toList();
  }

  /**
   * Writes the file under a temporary name, forces it to the disk, and moves it there in one step:
   * a reader sees the old file or the new one, never half of one.
   *
   * @throws LoupeException if the disk refuses; nothing is left over then
   */
  public void write(Path path) {
    List<StoredTensor> ordered = new ArrayList<>(tensors.values());
    ordered.sort(
        Comparator.comparingInt((StoredTensor t) -> -t.dtype().bytes())
            .thenComparing(StoredTensor::dtype)
            .thenComparing(StoredTensor::name));
    byte[] header = header(ordered);
    Path target = path.toAbsolutePath();
    Path aside =
        target.resolveSibling("." + target.getFileName() + "." + UUID.randomUUID() + ".part");
    try {
      try (FileChannel channel =
          FileChannel.open(aside, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        ByteBuffer length = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
        writeAll(channel, length.putLong(0, header.length));
        writeAll(channel, ByteBuffer.wrap(header));
        for (StoredTensor tensor : ordered) {
          write(channel, tensor.bytes());
        }
        channel.force(true);
      }
      Files.move(
          aside, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw FileFault.cannotWrite(path, e);
    } finally {
      deleteQuietly(aside);
    }
  }

  private static void deleteQuietly(Path aside) {
    try {
      Files.deleteIfExists(aside);
    } catch (IOException _) {
      // The failure that brought us here, or none, is the one to tell.
    }
  }

  private static void write(FileChannel channel, MemorySegment bytes) throws IOException {
    for (long from = 0; from < bytes.byteSize(); from += PIECE) {
      writeAll(
          channel, bytes.asSlice(from, Math.min(PIECE, bytes.byteSize() - from)).asByteBuffer());
    }
  }

  private static void writeAll(FileChannel channel, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  private byte[] header(List<StoredTensor> ordered) {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), text)) {
      json.writeStartObject();
      if (!metadata.isEmpty()) {
        json.writeObjectPropertyStart(SafetensorsHeader.METADATA);
        for (Map.Entry<String, String> entry : metadata.entrySet()) {
          json.writeStringProperty(entry.getKey(), entry.getValue());
        }
        json.writeEndObject();
      }
      long offset = 0;
      for (StoredTensor tensor : ordered) {
        json.writeObjectPropertyStart(tensor.name());
        json.writeStringProperty("dtype", tensor.dtype().name());
        json.writeName("shape");
        long[] sizes = tensor.sizes();
        json.writeArray(sizes, 0, sizes.length);
        json.writeName("data_offsets");
        json.writeArray(new long[] {offset, offset + tensor.bytes().byteSize()}, 0, 2);
        json.writeEndObject();
        offset += tensor.bytes().byteSize();
      }
      json.writeEndObject();
    }
    // Blanks up to a multiple of eight put the first element on an eight-byte boundary.
    int unpadded = text.toString().getBytes(StandardCharsets.UTF_8).length;
    byte[] header =
        text.append(" ".repeat(-unpadded & 7)).toString().getBytes(StandardCharsets.UTF_8);
    if (header.length > Safetensors.MAX_HEADER_BYTES) {
      throw LoupeException.resource(
          "the header of " + ordered.size() + " tensors is longer than readers accept",
          "Write several files.");
    }
    return header;
  }

  private static String requireUtf8(String text) {
    if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
      throw new IllegalArgumentException("half of a surrogate pair in a name or text");
    }
    return text;
  }
}
