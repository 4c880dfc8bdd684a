package dev.loupe.instrument.trace;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The tensors of a fixture in full float64, flattened; the product itself needs float32 only. */
final class StoredArrays {
  private final ByteBuffer bytes;
  private final JsonNode header;
  private final int start;

  StoredArrays(Path file) throws IOException {
    bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    int length = Math.toIntExact(bytes.getLong(0));
    header =
        new JsonMapper().readTree(new String(bytes.array(), 8, length, StandardCharsets.UTF_8));
    start = 8 + length;
  }

  boolean has(String name) {
    return header.has(name);
  }

  double[] get(String name) {
    JsonNode entry = header.get(name);
    int from = start + entry.get("data_offsets").get(0).asInt();
    int to = start + entry.get("data_offsets").get(1).asInt();
    String dtype = entry.get("dtype").asString();
    int width =
        switch (dtype) {
          case "F64" -> 8;
          case "F32", "I32" -> 4;
          case "U8" -> 1;
          default -> throw new IllegalArgumentException(name + " is " + dtype);
        };
    double[] values = new double[(to - from) / width];
    for (int i = 0; i < values.length; i++) {
      int at = from + i * width;
      values[i] =
          switch (dtype) {
            case "F64" -> bytes.getDouble(at);
            case "F32" -> bytes.getFloat(at);
            case "I32" -> bytes.getInt(at);
            default -> bytes.get(at);
          };
    }
    return values;
  }
}
