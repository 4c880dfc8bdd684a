package dev.loupe.model.format;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.loupe.Mutants;
import dev.loupe.fault.LoupeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whatever the bytes, the reader answers with a model or with a {@link LoupeException}. */
class GgufFuzzTest {
  private static final int MUTANTS = 4000;

  private static final List<BiConsumer<Gguf, String>> ACCESSORS =
      List.of(
          Gguf::integer,
          Gguf::number,
          Gguf::flag,
          Gguf::text,
          Gguf::strings,
          Gguf::integers,
          Gguf::numbers);

  /** Runs its seeds here; with JAZZER_FUZZ=1 in the environment it searches for new ones. */
  @FuzzTest(maxDuration = "60s")
  void readsAnyBytes(byte[] bytes) throws IOException {
    Path file = Files.createTempFile("fuzz", ".gguf");
    try {
      survives(file, bytes);
    } finally {
      Files.delete(file);
    }
  }

  @Test
  @Timeout(120)
  void survivesDamage(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("mutant");
    assertTrue(survives(file, GgufBytes.valid()));
    Mutants mutants = new Mutants(GgufBytes.valid(), 20_260_101);
    int accepted = 0;
    for (int i = 0; i < MUTANTS; i++) {
      accepted += survives(file, mutants.next()) ? 1 : 0;
    }
    int readable = accepted;
    assertTrue(accepted > MUTANTS / 100 && accepted < MUTANTS / 2, () -> readable + " readable");
  }

  private static boolean survives(Path file, byte[] bytes) throws IOException {
    Files.write(file, bytes);
    try (Gguf opened = Gguf.open(file)) {
      for (String key : opened.keys()) {
        ACCESSORS.forEach(accessor -> refusesAtMost(() -> accessor.accept(opened, key)));
      }
      for (GgufTensor tensor : opened.tensors().values()) {
        refusesAtMost(() -> Dequantiser.toFloats(tensor));
      }
      return true;
    } catch (LoupeException e) {
      return false;
    }
  }

  private static void refusesAtMost(Runnable reading) {
    try {
      reading.run();
    } catch (LoupeException e) {
      // A clear refusal is a good answer; anything else fails the test.
    }
  }
}
