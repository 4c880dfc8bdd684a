package dev.loupe.model.load;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.fault.LoupeException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DamagedWeightsTest {
  @TempDir Path folder;

  @Test
  void namesAMissingTensor() throws IOException {
    write("other", 2, 2, 1);
    refuses("has no tensor wte.weight");
  }

  @Test
  void namesBothShapes() throws IOException {
    write("wte.weight", 3, 2, 1);
    refuses("tensor wte.weight is [3, 2] but its configuration asks for [2, 2]");
  }

  @Test
  void namesATensorThatIsNotFinite() throws IOException {
    write("wte.weight", 2, 2, Float.NaN);
    refuses("tensor wte.weight holds infinities or values that are not numbers");
  }

  private void write(String name, int rows, int columns, float last) throws IOException {
    Files.writeString(
        folder.resolve("config.json"),
        """
        {"model_type": "gpt2", "n_layer": 1, "n_embd": 2, "n_head": 1, "n_positions": 4,
         "vocab_size": 2}
        """);
    int bytes = 4 * rows * columns;
    byte[] header =
        "{\"%s\":{\"dtype\":\"F32\",\"shape\":[%d,%d],\"data_offsets\":[0,%d]}}"
            .formatted(name, rows, columns, bytes)
            .getBytes(StandardCharsets.UTF_8);
    ByteBuffer file = ByteBuffer.allocate(8 + header.length + bytes).order(ByteOrder.LITTLE_ENDIAN);
    file.putLong(header.length).put(header).putFloat(8 + header.length + bytes - 4, last);
    Files.write(folder.resolve("model.safetensors"), file.array());
  }

  private void refuses(String message) {
    LoupeException refused =
        assertThrows(
            LoupeException.class, () -> ModelLoader.transformer(folder, LoadOptions.DEFAULT));
    assertTrue(
        String.valueOf(refused.getMessage()).contains(message),
        String.valueOf(refused.getMessage()));
  }
}
