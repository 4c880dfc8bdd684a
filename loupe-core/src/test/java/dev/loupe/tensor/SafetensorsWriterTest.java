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
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SafetensorsWriterTest {
  @Property(tries = 200)
  void whatIsWrittenIsReadBack(
      @ForAll("checkpoints") List<StoredTensor> tensors,
      @ForAll("texts") Map<String, String> metadata)
      throws IOException {
    Path folder = Files.createTempDirectory("safetensors");
    Path file = folder.resolve("a.safetensors");
    try {
      SafetensorsWriter writer = new SafetensorsWriter();
      tensors.forEach(writer::add);
      metadata.forEach(writer::metadata);
      writer.write(file);
      byte[] first = Files.readAllBytes(file);
      try (Safetensors read = Safetensors.open(file)) {
        assertEquals(metadata, read.metadata());
        assertEquals(tensors.size(), read.tensors().size());
        for (StoredTensor expected : tensors) {
          StoredTensor actual = read.get(expected.name());
          assertEquals(expected.dtype(), actual.dtype());
          assertEquals(expected.shape(), actual.shape());
          assertEquals(-1, expected.bytes().mismatch(actual.bytes()), expected.name());
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

  @Provide
  Arbitrary<List<StoredTensor>> checkpoints() {
    Arbitrary<String> names =
        Arbitraries.strings()
            .ofMaxLength(12)
            .filter(name -> name.chars().noneMatch(c -> Character.isSurrogate((char) c)));
    Arbitrary<List<Long>> shapes = Arbitraries.longs().between(0, 5).list().ofMaxSize(3);
    Arbitrary<StoredTensor> tensors =
        Combinators.combine(names, Arbitraries.of(DType.class), shapes, Arbitraries.randoms())
            .as((name, dtype, shape, random) -> {
              long elements = shape.stream().reduce(1L, (a, b) -> a * b);
              byte[] bytes = new byte[Math.toIntExact(elements * dtype.bytes())];
              random.nextBytes(bytes);
              return new StoredTensor(name, dtype, shape, MemorySegment.ofArray(bytes));
            });
    return tensors.list().ofMaxSize(6).uniqueElements(StoredTensor::name);
  }

  @Provide
  Arbitrary<Map<String, String>> texts() {
    Arbitrary<String> texts = Arbitraries.strings().ofMaxLength(8).withCharRange('\0', '\ud7ff');
    return Arbitraries.maps(texts, texts).ofMaxSize(3);
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
