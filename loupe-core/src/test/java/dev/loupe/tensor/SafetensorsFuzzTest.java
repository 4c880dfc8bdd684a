package dev.loupe.tensor;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.loupe.Mutants;
import dev.loupe.fault.LoupeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whatever the bytes, the reader answers with tensors or with a {@link LoupeException}. */
class SafetensorsFuzzTest {
  private static final int MUTANTS = 4000;

  /** Runs its seeds here; with JAZZER_FUZZ=1 in the environment it searches for new ones. */
  @FuzzTest(maxDuration = "60s")
  void readsAnyBytes(byte[] bytes) throws IOException {
    Path file = Files.createTempFile("fuzz", ".safetensors");
    try {
      survives(file, bytes);
    } finally {
      Files.delete(file);
    }
  }

  @Test
  @Timeout(120)
  void survivesDamage(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("valid");
    new SafetensorsWriter()
        .metadata("format", "pt")
        .add("weight", new float[] {1, 2, 3, 4, 5, 6}, 2, 3)
        .add("empty", new float[0], 0, 7)
        .add("scalar", new float[] {7})
        .write(file);
    Mutants mutants = new Mutants(Files.readAllBytes(file), 20_260_101);
    int accepted = 0;
    for (int i = 0; i < MUTANTS; i++) {
      accepted += survives(folder.resolve("mutant"), mutants.next()) ? 1 : 0;
    }
    int readable = accepted;
    assertTrue(accepted > MUTANTS / 100 && accepted < MUTANTS / 2, () -> readable + " readable");
  }

  private static boolean survives(Path file, byte[] bytes) throws IOException {
    Files.write(file, bytes);
    try (Safetensors opened = Safetensors.open(file)) {
      for (StoredTensor tensor : opened.tensors().values()) {
        tensor.hasNonFinite();
        if (tensor.dtype() != DType.C64) {
          tensor.toFloats();
        }
      }
      return true;
    } catch (LoupeException e) {
      return false;
    }
  }
}
