package dev.loupe.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.fault.LoupeException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SafetensorsFolderTest {
  @TempDir private Path parent;
  private Path folder = Path.of("");

  @BeforeEach
  void writeTwoShards() throws IOException {
    folder = Files.createDirectory(parent.resolve("model"));
    new SafetensorsWriter().add("a", new float[] {1}, 1).write(folder.resolve("1.safetensors"));
    new SafetensorsWriter().add("b", new float[] {2}, 1).write(folder.resolve("2.safetensors"));
    new SafetensorsWriter().add("c", new float[] {3}, 1).write(parent.resolve("3.safetensors"));
  }

  @Test
  void joinsShards() throws IOException {
    index(
        "{\"metadata\":{\"total_size\":8},\"weight_map\":"
            + "{\"b\":\"2.safetensors\",\"a\":\"1.safetensors\"}}");
    try (TensorStore store = SafetensorsFolder.open(folder)) {
      assertArrayEquals(new float[] {1}, store.get("a").toFloats());
      assertArrayEquals(new float[] {2}, store.get("b").toFloats());
      assertEquals(2, store.tensors().size());
    }
  }

  @Test
  void prefersTheSingleFile() throws IOException {
    index("{}");
    Files.copy(folder.resolve("2.safetensors"), folder.resolve("model.safetensors"));
    try (TensorStore store = SafetensorsFolder.open(folder)) {
      assertEquals(List.of("b"), List.copyOf(store.tensors().keySet()));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "{}",
        "{\"weight_map\":[]}",
        "{\"weight_map\":{\"a\":1}}",
        "{\"weight_map\":{\"a\":\"1.safetensors\"}",
        "{\"weight_map\":{\"a\":\"1.safetensors\"}} x",
        "{\"weight_map\":{\"a\":\"absent.safetensors\"}}",
        "{\"weight_map\":{\"a\":\"2.safetensors\"}}",
        "{\"weight_map\":{\"a\":\"\"}}",
        "{\"weight_map\":{\"a\":\".\"}}",
        "{\"weight_map\":{\"a\":\"\\u0000\"}}",
        "{\"weight_map\":{\"c\":\"../3.safetensors\"}}",
        "{\"weight_map\":{\"c\":\"x/../../3.safetensors\"}}",
        "{\"weight_map\":{\"c\":\"..\\\\3.safetensors\"}}",
        "{\"weight_map\":{\"c\":\"/etc/hostname\"}}",
        "{\"weight_map\":{\"a\":\"1.safetensors\",\"a\":\"1.safetensors\"}}",
      })
  void refusesHostileIndex(String text) throws IOException {
    index(text);
    LoupeException fault =
        assertThrows(LoupeException.class, () -> SafetensorsFolder.open(folder).close());
    assertTrue(String.valueOf(fault.getMessage()).startsWith(folder.toString()), fault.toString());
  }

  @Test
  void refusesTheSameTensorInTwoShards() throws IOException {
    Files.copy(folder.resolve("1.safetensors"), folder.resolve("4.safetensors"));
    index("{\"weight_map\":{\"a\":\"1.safetensors\",\"x\":\"4.safetensors\"}}");
    assertThrows(LoupeException.class, () -> SafetensorsFolder.open(folder).close());
  }

  @Test
  void saysWhenThereIsNoCheckpoint() {
    assertThrows(LoupeException.class, () -> SafetensorsFolder.open(parent).close());
    assertThrows(LoupeException.class, () -> Safetensors.open(folder).close());
    assertThrows(LoupeException.class, () -> Safetensors.open(folder.resolve("x")).close());
  }

  private void index(String text) throws IOException {
    Files.writeString(folder.resolve("model.safetensors.index.json"), text);
  }

  @Test
  void namesBothFilesThatHoldATensor() throws IOException {
    new SafetensorsWriter()
        .add("a", new float[] {2}, 1)
        .add("b", new float[] {2}, 1)
        .write(folder.resolve("2.safetensors"));
    index("{\"weight_map\":{\"a\":\"1.safetensors\",\"b\":\"2.safetensors\"}}");
    String both =
        "tensor a is in "
            + folder.resolve("1.safetensors")
            + " and in "
            + folder.resolve("2.safetensors");
    LoupeException fault =
        assertThrows(LoupeException.class, () -> SafetensorsFolder.open(folder).close());
    assertTrue(fault.getMessage().endsWith(both), fault.getMessage());
  }

  @Test
  void refusesATensorThatAFileGivesTwice() throws IOException {
    String entry = "\"x\":{\"dtype\":\"F32\",\"shape\":[%d],\"data_offsets\":[0,%d]}";
    String header = "{" + entry.formatted(2, 8) + "," + entry.formatted(1, 4) + "}";
    ByteBuffer bytes = ByteBuffer.allocate(8 + header.length() + 4).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(header.length()).put(header.getBytes(StandardCharsets.UTF_8));
    Files.write(folder.resolve("model.safetensors"), bytes.array());
    LoupeException fault =
        assertThrows(LoupeException.class, () -> SafetensorsFolder.open(folder).close());
    String twice = "x is given twice, as F32 [2] at data byte 0 and as F32 [1] at data byte 0";
    assertTrue(fault.getMessage().endsWith(twice), fault.getMessage());
  }

  @Test
  void readsAnIndexWithAMarkAndNumbersOfPython() throws IOException {
    index("\uFEFF{\"metadata\":{\"total_size\":NaN},\"weight_map\":{\"a\":\"1.safetensors\"}}");
    try (TensorStore store = SafetensorsFolder.open(folder)) {
      assertEquals(1, store.tensors().size());
    }
  }
}
