package dev.loupe.cli.terminal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import org.junit.jupiter.api.Test;

class StandardOutputTest {
  private static StandardOutput failing(String reason) {
    return new StandardOutput(
        new OutputStream() {
          @Override
          public void write(int value) throws IOException {
            throw new IOException(reason);
          }
        });
  }

  @Test
  void aFullDiskIsAFailure() {
    StandardOutput out = failing("No space left on device");
    assertThrows(IOException.class, () -> out.write('x'));
    assertEquals("No space left on device", out.failure().orElseThrow().getMessage());
  }

  @Test
  void aReaderThatHadEnoughIsNone() {
    StandardOutput out = failing("Broken pipe");
    assertThrows(IOException.class, () -> out.write('x'));
    assertTrue(out.failure().isEmpty());
  }
}
