package dev.loupe.corpus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.Mutants;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whatever became of a Parquet file on its way, reading it ends: in rows, or in an error that names
 * the cause. The reader below waits for ever on some damaged files; that is what the bound is for.
 */
class ParquetFuzzTest {
  private static final int MUTANTS = 400;
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"texts-none", "texts-snappy", "texts-zstd"})
  void aDamagedFileIsReadOrRefusedInTime(String name) throws Exception {
    Mutants mutants = new Mutants(valid(name), 7);
    int refused = 0;
    for (int i = 0; i < MUTANTS; i++) {
      byte[] bytes = mutants.next();
      try {
        read(bytes);
      } catch (IOException e) {
        refused++;
        assertTrue(e.getMessage() != null && !e.getMessage().isBlank(), "mutant " + i);
        assertTrue(
            !e.getMessage().contains("made no progress") && !(e.getCause() instanceof Error),
            () -> "not refused before it was followed: " + e);
      }
    }
    assertTrue(refused > MUTANTS / 4, "the mutants are hardly damaged: " + refused);
  }

  @Test
  void aFileThatIsCutOffAnywhereIsRefused() throws Exception {
    byte[] valid = valid("texts-snappy");
    for (int length = 0; length < valid.length; length += 1 + length / 16) {
      byte[] cut = Arrays.copyOf(valid, length);
      assertThrows(IOException.class, () -> read(cut), "of length " + length);
    }
  }

  @Test
  void aFooterLargerThanTheFileIsNamed() throws Exception {
    byte[] bytes = valid("texts-none");
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(bytes.length - 8, 1 << 30);
    IOException error = assertThrows(IOException.class, () -> read(bytes));
    assertEquals("its footer claims 1073741824 bytes, which are not there", error.getMessage());
  }

  @Test
  void aSourceThatNeverGivesIsLeftBehind() {
    IOException error =
        assertThrows(
            IOException.class,
            () ->
                Watched.read(
                    _ -> {
                      try {
                        Thread.sleep(Duration.ofMinutes(1));
                      } catch (InterruptedException e) {
                        throw new IOException(e);
                      }
                    },
                    _ -> {},
                    Duration.ofMillis(50)));
    assertTrue(String.valueOf(error.getMessage()).contains("made no progress"), error::toString);
  }

  /** A file of its own: the library's readers may still look at one that was refused. */
  private void read(byte[] bytes) throws IOException {
    Path file = Files.createTempFile(folder, "mutant", ".parquet");
    Files.write(file, bytes);
    ParquetFile.read(file, "mutant", new Tally(_ -> {}, false), PATIENCE);
  }

  private static byte[] valid(String name) throws Exception {
    return Files.readAllBytes(
        Path.of(
            ParquetFuzzTest.class
                .getResource("/fixtures/parquet-corpus/" + name + ".parquet")
                .toURI()));
  }
}
