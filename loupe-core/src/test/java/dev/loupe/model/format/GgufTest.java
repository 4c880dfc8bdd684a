package dev.loupe.model.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.fault.LoupeException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GgufTest {
  @TempDir private Path folder;

  private Path file(byte[] bytes) throws IOException {
    return Files.write(folder.resolve("a.gguf"), bytes);
  }

  @Test
  void givesTypedMetadata() throws IOException {
    try (Gguf gguf = Gguf.open(file(GgufBytes.valid()))) {
      assertEquals("llama", gguf.text("general.architecture"));
      assertEquals(2, gguf.integer("llama.block_count"));
      assertEquals(2.0, gguf.number("llama.block_count"));
      assertEquals(10_000.0, gguf.number("llama.rope.freq_base"));
      assertEquals(List.of("a", "é"), gguf.strings("tokens"));
      assertTrue(gguf.flag("flag"));
      assertEquals(5, gguf.integer("absent", 5));
      assertEquals(0.5, gguf.number("absent", 0.5));
      assertFalse(gguf.flag("absent", false));
      assertEquals(Optional.empty(), gguf.findText("absent"));
      assertEquals(7, gguf.keys().size());
    }
  }

  @Test
  void saysWhatAKeyIsInsteadOfGuessing() throws IOException {
    Path path = file(GgufBytes.valid());
    try (Gguf gguf = Gguf.open(path)) {
      assertEquals(
          path + ": metadata llama.rope.freq_base is float32, not a whole number",
          assertThrows(LoupeException.class, () -> gguf.integer("llama.rope.freq_base"))
              .getMessage());
      assertThrows(LoupeException.class, () -> gguf.number("general.architecture"));
      assertThrows(LoupeException.class, () -> gguf.text("tokens"));
      assertThrows(LoupeException.class, () -> gguf.integers("tokens"));
      assertThrows(LoupeException.class, () -> gguf.integers("nested"));
      assertEquals(
          path + ": has no metadata absent",
          assertThrows(LoupeException.class, () -> gguf.flag("absent")).getMessage());
      assertEquals(
          path + ": has no tensor absent",
          assertThrows(LoupeException.class, () -> gguf.tensor("absent")).getMessage());
    }
  }

  @Test
  void reversesTheSizesOfTheFile() throws IOException {
    try (Gguf gguf = Gguf.open(file(GgufBytes.valid()))) {
      assertEquals(List.of(2L, 32L), gguf.tensor("weight").shape());
      assertEquals(2, gguf.tensor("weight").rows());
      assertEquals(32, gguf.tensor("weight").rowLength());
      assertEquals(1, gguf.tensor("norm").rows());
    }
  }

  @Test
  void readsTensorsWithoutElements() throws IOException {
    byte[] bytes = GgufBytes.header(2, 0).tensor("a", 0, 0, 0, 5).tensor("b", 3, 0, 32, 0).bytes();
    try (Gguf gguf = Gguf.open(file(bytes))) {
      assertEquals(0, Dequantiser.toFloats(gguf.tensor("a")).length);
      assertEquals(0, Dequantiser.toFloats(gguf.tensor("b")).length);
    }
  }

  @Test
  void namesTheByteOfTheFault() throws IOException {
    Path path = file(GgufBytes.header(0, Long.MAX_VALUE).bytes());
    LoupeException fault = assertThrows(LoupeException.class, () -> Gguf.open(path).close());
    assertEquals(
        path + ": byte 16: metadata count 9223372036854775807 cannot fit in the file",
        fault.getMessage());
  }

  @Test
  void refusesTextThatIsNotUtf8WhenAskedForIt() throws IOException {
    byte[] bytes =
        GgufBytes.header(0, 1)
            .key("k", GgufValue.Type.STRING)
            .int64(1)
            .raw(new byte[] {(byte) 0xFF})
            .bytes();
    try (Gguf gguf = Gguf.open(file(bytes))) {
      assertTrue(gguf.has("k"));
      assertThrows(LoupeException.class, () -> gguf.text("k"));
    }
  }

  @Test
  void putsPairedRowsHalfAHeadApart() {
    // Two heads of six rows; the file keeps the pairs (0, 3), (1, 4), (2, 5) of a head together.
    float[] stored = {0, 3, 1, 4, 2, 5, 10, 13, 11, 14, 12, 15};
    GgufTensor tensor = new GgufTensor("q", GgmlType.F32, List.of(12L, 1L), littleEndian(stored));
    assertArrayEquals(
        new float[] {0, 1, 2, 3, 4, 5, 10, 11, 12, 13, 14, 15},
        Dequantiser.toFloats(tensor, RowOrder.halfSplit(6)));
    float[] middle = new float[4];
    Dequantiser.expand(tensor, 4, 8, RowOrder.halfSplit(6), MemorySegment.ofArray(middle));
    assertArrayEquals(new float[] {4, 5, 10, 11}, middle);
    assertThrows(IllegalArgumentException.class, () -> RowOrder.halfSplit(5));
  }

  @Test
  void expandsRowsLongerThanOnePiece() {
    float[] values = new float[300_001];
    for (int i = 0; i < values.length; i++) {
      values[i] = i;
    }
    GgufTensor tensor = new GgufTensor("x", GgmlType.F32, List.of(300_001L), littleEndian(values));
    assertArrayEquals(values, Dequantiser.toFloats(tensor));
  }

  @Test
  void saysWhichTypesItCannotExpand() {
    GgufTensor tensor =
        new GgufTensor("x", GgmlType.IQ1_M, List.of(32L), MemorySegment.ofArray(new byte[17]));
    assertThrows(LoupeException.class, () -> Dequantiser.toFloats(tensor));
  }

  private static MemorySegment littleEndian(float[] values) {
    GgufBytes bytes = new GgufBytes();
    for (float value : values) {
      bytes.int32(Float.floatToIntBits(value));
    }
    return MemorySegment.ofArray(bytes.bytes());
  }
}
