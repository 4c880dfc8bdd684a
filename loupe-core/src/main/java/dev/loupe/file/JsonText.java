package dev.loupe.file;

import java.io.IOException;
import java.nio.file.Path;
import tools.jackson.core.JacksonException;
import tools.jackson.core.json.JsonReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * JSON as Python writes it. Its {@code json} module writes {@code NaN} and {@code Infinity} bare,
 * which the standard forbids, and configurations of real models hold them.
 */
public final class JsonText {
  private static final JsonMapper MAPPER =
      JsonMapper.builder().enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS).build();

  private JsonText() {}

  /** Reads and writes JSON in which numbers may be {@code NaN} or {@code Infinity}. */
  public static JsonMapper mapper() {
    return MAPPER;
  }

  /**
   * The JSON of a file; a byte order mark is skipped.
   *
   * @throws IOException if the file cannot be read or is not text
   * @throws JacksonException if it is not JSON
   * @throws dev.loupe.fault.LoupeException if it is a pointer of Git LFS
   */
  public static JsonNode read(Path file) throws IOException {
    return MAPPER.readTree(FileText.read(file));
  }

  /** What is wrong with a text that is not JSON, without Jackson's words about its own settings. */
  public static String why(JacksonException failure) {
    return failure.getOriginalMessage().replaceFirst("(?s) \\(start marker at .*", "");
  }
}
