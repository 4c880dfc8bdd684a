package dev.loupe.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

class FileFaultTest {
  @TempDir private Path folder;

  /** What the disk itself throws. */
  private static String reason(Executable refused) {
    String reason = FileFault.reason(assertThrows(Exception.class, refused));
    assertFalse(reason.contains("Exception"), reason);
    assertFalse(reason.contains("/"), "no path: " + reason);
    return reason;
  }

  private static long listing(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.count();
    }
  }

  @Test
  void speaksAsThePersonDoes() throws IOException {
    Path file = Files.write(folder.resolve("file"), new byte[] {(byte) 0xC3, 0x28});
    Path none = folder.resolve("none");
    assertEquals("no such file or folder", reason(() -> Files.readString(none)));
    assertEquals("it is not UTF-8 text", reason(() -> Files.readString(file)));
    assertEquals("it is not a folder", reason(() -> listing(file)));
    assertEquals("the folder is not empty", reason(() -> Files.delete(folder)));
    assertEquals(
        "something of that name already exists", reason(() -> Files.createDirectory(file)));
    assertEquals("Is a directory", reason(() -> Files.readString(folder)));
    assertEquals("Not a directory", reason(() -> Files.readString(file.resolve("below"))));
  }

  @Test
  void looksThroughWhatWrapsAFailure() {
    IOException full = new IOException("No space left on device");
    assertEquals("No space left on device", FileFault.reason(new UncheckedIOException(full)));
    assertEquals("IllegalStateException", FileFault.reason(new IllegalStateException()));
  }

  @Test
  void showsNoSourceOfAParser() {
    JacksonException broken =
        assertThrows(JacksonException.class, () -> JsonMapper.shared().readTree("{\"a\": secret}"));
    assertEquals(1, FileFault.reason(broken).lines().count());
  }

  @Test
  void namesTheFileOnceAndWhatToDo() {
    Path none = folder.resolve("none");
    LoupeException missing =
        FileFault.cannotRead(none, assertThrows(IOException.class, () -> Files.readString(none)));
    assertEquals(none + ": no such file or folder", missing.getMessage());
    assertEquals(LoupeException.Kind.BAD_INPUT, missing.kind());
    LoupeException unwritten =
        FileFault.cannotWrite(
            folder, assertThrows(IOException.class, () -> Files.writeString(folder, "x")));
    assertEquals(folder + ": cannot be written: Is a directory", unwritten.getMessage());
    assertEquals(LoupeException.Kind.RESOURCE, unwritten.kind());
    assertTrue(unwritten.remedy().contains("free space"), unwritten.remedy());
  }
}
