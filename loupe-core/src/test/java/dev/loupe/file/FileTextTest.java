package dev.loupe.file;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.fault.LoupeException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FileTextTest {
  private static final String MARK = "\uFEFF";
  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"UTF-8", "UTF-16LE", "UTF-16BE", "UTF-32LE", "UTF-32BE"})
  void decodesWhatTheMarkSaysAndDropsIt(String charset) throws IOException {
    byte[] bytes = (MARK + "zw\u00F6lf \uD83D\uDE00").getBytes(Charset.forName(charset));
    Path file = Files.write(folder.resolve("x"), bytes);
    assertEquals("zw\u00F6lf \uD83D\uDE00", FileText.read(file));
    assertEquals("", FileText.decode(MARK.getBytes(Charset.forName(charset))));
  }

  @Test
  void keepsAMarkThatIsNotTheFirst() throws IOException {
    assertEquals("a" + MARK, FileText.decode(("a" + MARK).getBytes(UTF_8)));
    assertEquals(MARK, FileText.decode((MARK + MARK).getBytes(UTF_8)));
  }

  @Test
  void refusesWhatIsNoText() {
    assertThrows(
        CharacterCodingException.class, () -> FileText.decode(new byte[] {'a', (byte) 0x80}));
  }

  @Test
  void passesOverTheMarkOfAStream() throws IOException {
    for (String text : List.of("", "a", "abcd", "abcdefgh", "\u00E9")) {
      for (String mark : List.of("", MARK)) {
        var in = new ByteArrayInputStream((mark + text).getBytes(UTF_8));
        assertArrayEquals(text.getBytes(UTF_8), FileText.utf8(in, "x").readAllBytes());
      }
    }
    var wide = new ByteArrayInputStream((MARK + "a").getBytes(Charset.forName("UTF-16LE")));
    LoupeException fault =
        assertThrows(LoupeException.class, () -> FileText.utf8(wide, "x.jsonl").close());
    assertEquals("x.jsonl: is UTF-16 text, as its byte order mark says", fault.getMessage());
  }

  @Test
  void readsJsonAsPythonWritesIt() throws IOException {
    Path file = folder.resolve("x.json");
    Files.writeString(file, MARK + "{\"a\": NaN, \"b\": [Infinity, -Infinity]}");
    var json = JsonText.read(file);
    assertTrue(Double.isNaN(json.path("a").asDouble()));
    assertEquals(Double.POSITIVE_INFINITY, json.path("b").path(0).asDouble());
    assertEquals(Double.NEGATIVE_INFINITY, json.path("b").path(1).asDouble());
  }

  @Test
  void namesPartsOfAModel() {
    PartName part = PartName.of("q4/m-00002-of-00003.gguf").orElseThrow();
    assertEquals(new PartName("q4/m", 2, 3), part);
    assertEquals("q4/m-00003-of-00003.gguf", part.all().getLast());
    for (String other :
        List.of(
            "m.gguf",
            "m-00001-of-00001.gguf",
            "m-00000-of-00002.gguf",
            "m-00003-of-00002.gguf",
            "m-00001-of-99999.gguf",
            "m-00001-of-00002.safetensors")) {
      assertTrue(PartName.of(other).isEmpty(), other);
    }
  }
}
