package dev.loupe.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/**
 * A trace as one HTML file that shows itself: graph, table, paths and evidence, without a network.
 * The page is {@code dev/loupe/web/trace.html} of loupe-web; the trace, schema {@code
 * loupe.trace/1}, goes into it as data that no browser takes for markup.
 */
public final class HtmlPage {
  private static final String TEMPLATE = "/dev/loupe/web/trace.html";
  private static final String EMPTY_DATA = "id=\"loupe-data\">{}</script>";

  private HtmlPage() {}

  /**
   * The page that shows a trace.
   *
   * @param json the trace as JSON text
   */
  public static String of(String json) {
    String page = template();
    int place = page.indexOf(EMPTY_DATA);
    if (place < 0) {
      throw new IllegalStateException(TEMPLATE + " has no place for data");
    }
    int start = place + EMPTY_DATA.indexOf("{}");
    // Only "<" can end a script element or begin a comment in it; inside JSON it stands in strings
    // alone.
    return page.substring(0, start) + json.replace("<", "\\u003c") + page.substring(start + 2);
  }

  /**
   * Writes the page that shows a trace. The file appears whole or not at all.
   *
   * @param file where to; its folder is made when it is missing, an old file is replaced
   * @param json the trace as JSON text
   * @throws dev.loupe.fault.LoupeException when the file cannot be written
   */
  public static void write(Path file, String json) {
    String page = of(json);
    ReportFile.write(file, writer -> writer.write(page));
  }

  /** As {@link #write(Path, String)}, from the trace as maps, lists, records and numbers. */
  public static void write(Path file, Map<String, ?> trace) {
    write(file, JsonMapper.shared().writeValueAsString(trace));
  }

  private static String template() {
    try (InputStream page = HtmlPage.class.getResourceAsStream(TEMPLATE)) {
      if (page == null) {
        throw new IllegalStateException(
            TEMPLATE + " is missing: loupe-web is not on the class path");
      }
      return new String(page.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
