package dev.loupe.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.loupe.fault.LoupeException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SafetensorsWriterTest {
  private static final List<DType> TYPES = List.of(DType.values());

  @Test
  void whatIsWrittenIsReadBack() throws IOException {
    for (long seed = 0; seed < 200; seed++) {
      Random random = new Random(seed);
      whatIsWrittenIsReadBack(checkpoint(random), metadata(random), "seed " + seed);
    }
  }

  private static void whatIsWrittenIsReadBack(
      List<StoredTensor> tensors, Map<String, String> metadata, String seed) throws IOException {
    Path folder = Files.createTempDirectory("safetensors");
    Path file = folder.resolve("a.safetensors");
    try {
      SafetensorsWriter writer = new SafetensorsWriter();
      tensors.forEach(writer::add);
      metadata.forEach(writer::metadata);
      writer.write(file);
      byte[] first = Files.readAllBytes(file);
      try (Safetensors read = Safetensors.open(file)) {
        assertEquals(metadata, read.metadata(), seed);
        assertEquals(tensors.size(), read.tensors().size(), seed);
        for (StoredTensor expected : tensors) {
          StoredTensor actual = read.get(expected.name());
          assertEquals(expected.dtype(), actual.dtype(), seed);
          assertEquals(expected.shape(), actual.shape(), seed);
          assertEquals(-1, expected.bytes().mismatch(actual.bytes()), seed + expected.name());
          assertEquals(0, actual.bytes().address() % actual.dtype().bytes(), "alignment");
        }
      }
      SafetensorsWriter again = new SafetensorsWriter();
      metadata.forEach(again::metadata);
      tensors.reversed().forEach(again::add);
      again.write(file);
      assertArrayEquals(first, Files.readAllBytes(file), "the order of adding must not matter");
      assertEquals(List.of(file), list(folder), "nothing may be left beside the file");
    } finally {
      Files.deleteIfExists(file);
      Files.deleteIfExists(folder);
    }
  }

  /** Up to six tensors, some without elements, under names from anywhere in Unicode. */
  private static List<StoredTensor> checkpoint(Random random) {
    Map<String, StoredTensor> tensors = new LinkedHashMap<>();
    for (int i = random.nextInt(7); i > 0; i--) {
      String name = text(random, 12);
      DType dtype = TYPES.get(random.nextInt(TYPES.size()));
      List<Long> shape = random.longs(random.nextInt(4), 0, 6).boxed().toList();
      long elements = shape.stream().reduce(1L, (a, b) -> a * b);
      byte[] bytes = new byte[Math.toIntExact(elements * dtype.bytes())];
      random.nextBytes(bytes);
      tensors.put(name, new StoredTensor(name, dtype, shape, MemorySegment.ofArray(bytes)));
    }
    return List.copyOf(tensors.values());
  }

  private static Map<String, String> metadata(Random random) {
    Map<String, String> metadata = new HashMap<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      metadata.put(text(random, 8), text(random, 8));
    }
    return metadata;
  }

  /** Control characters, letters, and whatever else has a code point, surrogates left out. */
  private static String text(Random random, int most) {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(most + 1); i > 0; i--) {
      int codePoint =
          switch (random.nextInt(3)) {
            case 0 -> random.nextInt(0x80);
            case 1 -> random.nextInt(Character.MIN_SURROGATE);
            default -> random.nextInt(Character.MAX_SURROGATE + 1, Character.MAX_CODE_POINT + 1);
          };
      text.appendCodePoint(codePoint);
    }
    return text.toString();
  }

  @Test
  void keepsTheOldFileWhenTheNewOneCannotBeWritten(@TempDir Path folder) throws IOException {
    Path occupied = Files.createDirectory(folder.resolve("taken"));
    Files.createFile(occupied.resolve("inside"));
    SafetensorsWriter writer = new SafetensorsWriter().add("x", new float[] {1}, 1);
    assertThrows(LoupeException.class, () -> writer.write(occupied));
    assertEquals(List.of(occupied), list(folder));
    LoupeException fault =
        assertThrows(LoupeException.class, () -> writer.write(folder.resolve("absent/x")));
    assertEquals(LoupeException.Kind.RESOURCE, fault.kind());
  }

  @Test
  void keepsNotANumberAsItIs(@TempDir Path folder) {
    Path file = folder.resolve("x");
    new SafetensorsWriter().add("x", new float[] {Float.NaN, 1}, 2, 1).write(file);
    try (Safetensors read = Safetensors.open(file)) {
      assertArrayEquals(new float[] {Float.NaN, 1}, read.get("x").toFloats());
      assertEquals(true, read.get("x").hasNonFinite());
      assertThrows(LoupeException.class, () -> read.get("y"));
    }
  }

  @Test
  void refusesWhatNoReaderCouldTell() {
    SafetensorsWriter writer = new SafetensorsWriter().add("x", new float[2], 2);
    assertThrows(IllegalArgumentException.class, () -> writer.add("x", new float[1], 1));
    assertThrows(IllegalArgumentException.class, () -> writer.add("y", new float[2], 3));
    assertThrows(IllegalArgumentException.class, () -> writer.add("y", new float[2], -1, -2));
    assertThrows(IllegalArgumentException.class, () -> writer.add("__metadata__", new float[1], 1));
    assertThrows(IllegalArgumentException.class, () -> writer.metadata("\ud800", ""));
  }

  private static List<Path> list(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return new ArrayList<>(files.toList());
    }
  }
}
