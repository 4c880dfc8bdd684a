package dev.loupe.hub;

import dev.loupe.file.JsonText;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reads just enough of a model to describe it. A file that cannot be read says nothing here; the
 * loader that opens it for use says why.
 */
final class ConfigPeek {
  private static final long LONGEST_BYTES = 100_000_000;
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private ConfigPeek() {}

  /** {@code architectures[0]}, else {@code model_type}. */
  static Optional<String> architecture(Path folder) {
    Path config = folder.resolve("config.json");
    try {
      if (!Files.isRegularFile(config) || Files.size(config) > LONGEST_BYTES) {
        return Optional.empty();
      }
      JsonNode root = JsonText.read(config);
      String name = root.path("architectures").path(0).asString("");
      return Optional.of(name.isEmpty() ? root.path("model_type").asString("") : name)
          .filter(text -> !text.isEmpty() && Names.isCommit(text));
    } catch (IOException | JacksonException e) {
      return Optional.empty();
    }
  }

  /** How many numbers the headers of safetensors files speak of. */
  static OptionalLong parameters(List<Path> weights) {
    long sum = 0;
    try {
      for (Path file : weights) {
        if (!Disk.fileName(file).endsWith(".safetensors")) {
          return OptionalLong.empty();
        }
        for (var tensor : header(file).properties()) {
          if (!tensor.getKey().equals("__metadata__")) {
            long count = 1;
            for (JsonNode axis : tensor.getValue().path("shape")) {
              count = Math.multiplyExact(count, axis.asLong(0));
            }
            sum = Math.addExact(sum, count);
          }
        }
      }
    } catch (IOException | JacksonException | ArithmeticException e) {
      return OptionalLong.empty();
    }
    return OptionalLong.of(sum);
  }

  private static JsonNode header(Path file) throws IOException {
    try (FileChannel in = FileChannel.open(file)) {
      long length = read(in, Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).getLong();
      if (length < 0 || length > LONGEST_BYTES || length > in.size() - Long.BYTES) {
        throw new EOFException("the header is longer than the file");
      }
      return JSON.readTree(read(in, (int) length).array());
    }
  }

  private static ByteBuffer read(FileChannel in, int bytes) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(bytes);
    while (buffer.hasRemaining()) {
      if (in.read(buffer) < 0) {
        throw new EOFException("the file ends early");
      }
    }
    return buffer.flip();
  }
}
