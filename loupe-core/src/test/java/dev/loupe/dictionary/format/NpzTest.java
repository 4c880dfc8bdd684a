package dev.loupe.dictionary.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.loupe.Mutants;
import dev.loupe.dictionary.RandomDictionary;
import dev.loupe.fault.LoupeException;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.StoredTensor;
import dev.loupe.tensor.TensorStore;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NpzTest {
  private static final int MUTANTS = 2000;
  private static final float[] COUNT = {0, 1, 2, 3, 4, 5};

  private static Path fixture(String name) {
    try {
      var url = NpzTest.class.getResource("/fixtures/npz/" + name);
      if (url == null) {
        throw new IllegalArgumentException(name);
      }
      return Path.of(url.toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String refusal(Path file) {
    return assertThrows(LoupeException.class, () -> Npz.open(file).close()).getMessage();
  }

  @Test
  void readsWhatNumPyWrites() {
    try (TensorStore file = Npz.open(fixture("plain.npz"))) {
      assertEquals(List.of(2L, 3L), file.get("a").shape());
      assertEquals(DType.F16, file.get("half").dtype());
      assertEquals(DType.F64, file.get("double").dtype());
      for (String name : List.of("a", "half", "double")) {
        assertArrayEquals(COUNT, file.get(name).toFloats());
      }
      assertArrayEquals(new float[] {1.5f}, file.get("vector").toFloats());
    }
    try (TensorStore file = Npz.open(fixture("compressed.npz"))) {
      float[] values = file.get("a").toFloats();
      assertEquals(2000, values.length);
      assertEquals(2, values[1999]);
    }
    try (TensorStore file = Npz.open(fixture("columns.npz"))) {
      assertEquals(List.of(2L, 3L), file.get("a").shape());
      assertArrayEquals(COUNT, file.get("a").toFloats());
    }
  }

  @Test
  void refusesWhatIsNotPlainNumbers(@TempDir Path folder) throws IOException {
    assertTrue(refusal(fixture("objects.npz")).contains("Python objects"));
    assertTrue(refusal(fixture("big-endian.npz")).contains("element type >f4"));
    assertTrue(refusal(folder.resolve("absent.npz")).contains("absent.npz"));
    Path file = Files.writeString(folder.resolve("text.npz"), "no zip at all");
    assertTrue(refusal(file).contains("not a readable npz"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "(999999999999999999, 999999999999999999)",
        "(4, 4)",
        "(2,)",
        "(2, 3, 18446744073709551616)",
        "(-2, -3)",
        "(2, 3"
      })
  void shapesThatDoNotFitTheBytesAreRefused(String shape, @TempDir Path folder) throws IOException {
    Path file = folder.resolve("lies.npz");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
      zip.putNextEntry(new ZipEntry("a.npy"));
      writeArray(zip, "{'descr': '<f4', 'fortran_order': False, 'shape': " + shape + ", }\n");
      zip.closeEntry();
    }
    assertTrue(refusal(file).contains("array a "));
  }

  private static void writeArray(OutputStream out, String header) throws IOException {
    out.write(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0});
    out.write(new byte[] {(byte) header.length(), 0});
    out.write(header.getBytes(StandardCharsets.US_ASCII));
    out.write(new byte[24]);
  }

  @Test
  void writesWhatItReads(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("written.npz");
    List<StoredTensor> tensors =
        List.of(
            RandomDictionary.stored("single", DType.F32, COUNT, 2, 3),
            RandomDictionary.stored("half", DType.F16, COUNT, 6),
            RandomDictionary.stored("brain", DType.BF16, COUNT, 3, 2));
    NpzWriter.write(file, tensors);
    try (TensorStore again = Npz.open(file)) {
      for (StoredTensor tensor : tensors) {
        assertEquals(tensor.shape(), again.get(tensor.name()).shape());
        assertArrayEquals(COUNT, again.get(tensor.name()).toFloats());
      }
      assertEquals(DType.F16, again.get("half").dtype());
      assertEquals(DType.F32, again.get("brain").dtype());
    }
  }

  /** Runs its seeds here; with JAZZER_FUZZ=1 in the environment it searches for new ones. */
  @FuzzTest(maxDuration = "60s")
  void readsAnyBytes(byte[] bytes) throws IOException {
    Path file = Files.createTempFile("fuzz", ".npz");
    try {
      survives(file, bytes);
    } finally {
      Files.delete(file);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"plain.npz", "compressed.npz"})
  @Timeout(120)
  void survivesDamage(String name, @TempDir Path folder) throws IOException {
    Mutants mutants = new Mutants(Files.readAllBytes(fixture(name)), 20_260_102);
    int accepted = 0;
    for (int i = 0; i < MUTANTS; i++) {
      accepted += survives(folder.resolve("mutant"), mutants.next()) ? 1 : 0;
    }
    int readable = accepted;
    assertTrue(accepted > 0 && accepted < MUTANTS, () -> readable + " readable");
  }

  private static boolean survives(Path file, byte[] bytes) throws IOException {
    Files.write(file, bytes);
    try (Npz opened = Npz.open(file)) {
      opened.tensors().values().forEach(StoredTensor::toFloats);
      return true;
    } catch (LoupeException e) {
      return false;
    }
  }
}
