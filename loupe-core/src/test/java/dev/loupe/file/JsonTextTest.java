package dev.loupe.file;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import tools.jackson.core.JacksonException;

class JsonTextTest {
  @Test
  void aCutTextIsToldWithoutTheParsersSettings() {
    JacksonException cut =
        assertThrows(
            JacksonException.class, () -> JsonText.mapper().readTree("[{\"role\": \"user\""));
    String why = JsonText.why(cut);
    assertTrue(why.startsWith("Unexpected end-of-input"), why);
    assertEquals(-1, why.indexOf("REDACTED"), why);
  }
}
