package dev.loupe.model.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.fault.LoupeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Models that llama.cpp's gguf-split cut into parts, and parts that do not belong together. */
class SplitGgufTest {
  @TempDir Path folder;

  /** One part with tensors of eight float32, each filled with the part's number. */
  private static byte[] part(int number, int count, int tensorsInAll, String... tensors) {
    return partOf("llama", number, count, tensorsInAll, tensors);
  }

  private static byte[] partOf(
      String architecture, int number, int count, int tensorsInAll, String... tensors) {
    boolean named = number == 1 || !architecture.equals("llama");
    GgufBytes bytes =
        GgufBytes.header(tensors.length, named ? 4 : 3)
            .key("split.no", GgufValue.Type.UINT16)
            .int16(number - 1)
            .key("split.count", GgufValue.Type.UINT16)
            .int16(count)
            .key("split.tensors.count", GgufValue.Type.INT32)
            .int32(tensorsInAll);
    if (named) {
      bytes.key("general.architecture", GgufValue.Type.STRING).text(architecture);
    }
    for (int i = 0; i < tensors.length; i++) {
      bytes.tensor(tensors[i], 0, 32L * i, 8);
    }
    bytes.align(32);
    for (int i = 0; i < 8 * tensors.length; i++) {
      bytes.int32(Float.floatToIntBits(number));
    }
    return bytes.bytes();
  }

  private Path write(String name, byte[] bytes) throws IOException {
    return Files.write(folder.resolve(name), bytes);
  }

  private Path[] three() throws IOException {
    return new Path[] {
      write("m-00001-of-00003.gguf", part(1, 3, 3)),
      write("m-00002-of-00003.gguf", part(2, 3, 3, "a", "b")),
      write("m-00003-of-00003.gguf", part(3, 3, 3, "c"))
    };
  }

  @Test
  void opensAllPartsFromAnyOfThem() throws IOException {
    for (Path path : three()) {
      try (Gguf gguf = Gguf.open(path)) {
        assertEquals(folder.resolve("m-00001-of-00003.gguf"), gguf.path());
        assertEquals("llama", gguf.text("general.architecture"));
        assertEquals(List.of("a", "b", "c"), List.copyOf(gguf.tensors().keySet()));
        float[] threes = {3, 3, 3, 3, 3, 3, 3, 3};
        assertArrayEquals(threes, Dequantiser.toFloats(gguf.tensor("c")));
      }
    }
  }

  @Test
  void namesTheMissingPart() throws IOException {
    Path[] parts = three();
    Files.delete(parts[1]);
    assertFault("of which m-00002-of-00003.gguf is missing", parts[2]);
    Files.delete(parts[0]);
    assertFault("m-00001-of-00003.gguf, m-00002-of-00003.gguf are missing", parts[2]);
  }

  @Test
  void refusesAPartOfAnotherModel() throws IOException {
    Path[] parts = three();
    Files.write(parts[2], part(3, 4, 3, "c"));
    assertFault("m-00003-of-00003.gguf: is not part of the same model", parts[0]);
    Files.write(parts[2], part(2, 3, 3, "c"));
    assertFault("it says that it is part 2 of 3, not 3 of 3", parts[0]);
    Files.write(parts[2], part(3, 3, 9, "c"));
    assertFault("split.tensors.count is 9, in part 1 3", parts[0]);
    Files.write(parts[2], part(3, 3, 3, "b"));
    assertFault("holds tensor b, which m-00002-of-00003.gguf holds", parts[0]);
    Files.write(parts[2], partOf("gpt2", 3, 3, 3, "c"));
    assertFault("general.architecture is gpt2, in part 1 llama", parts[0]);
    Files.write(parts[2], part(3, 3, 3));
    assertFault("split.tensors.count is 3, but the 3 parts hold 2 tensors", parts[0]);
    Files.write(parts[2], GgufBytes.valid());
    assertFault("m-00003-of-00003.gguf: is not part of the same model", parts[0]);
  }

  @Test
  void refusesNamesThatDoNotSayWhatTheMetadataSays() throws IOException {
    three();
    assertFault("part 2 of 3, which its name", write("x.gguf", part(2, 3, 3, "a")));
    assertFault("part 2 of 3, which its name", write("m-00001-of-00003.gguf", part(2, 3, 3, "a")));
    assertFault("does not say that it is one", write("w-00001-of-00002.gguf", GgufBytes.valid()));
    assertFault("part 1 of 0", write("zero.gguf", part(1, 0, 3)));
    Gguf.open(write("w-00001-of-00001.gguf", GgufBytes.valid())).close();
    Gguf.open(write("one-00001-of-00001.gguf", part(1, 1, 1, "a"))).close();
  }

  private static void assertFault(String what, Path path) {
    LoupeException fault = assertThrows(LoupeException.class, () -> Gguf.open(path).close());
    assertTrue(fault.getMessage().contains(what), fault.getMessage());
  }
}
