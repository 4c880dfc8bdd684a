package dev.loupe.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * A result as one HTML file that shows itself, without a network. There is one page, loupe-web's,
 * which picks its view by the result's {@code schema} and shows any other finding as tables; the
 * result goes into it as data that no browser takes for markup.
 */
public final class HtmlPage {
  private static final String TEMPLATE = "/dev/loupe/web/page.html";
  private static final String EMPTY_DATA = "id=\"loupe-data\">{}</script>";

  private HtmlPage() {}

  /** The page that shows a result, given as JSON text with its {@code schema}. */
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
   * Writes the page that shows a result. The file appears completely or not at all.
   *
   * @param file where to; its folder is made when it is missing, an old file is replaced
   * @param json the result as JSON text
   * @throws dev.loupe.fault.LoupeException when the file cannot be written
   */
  public static void write(Path file, String json) {
    String page = of(json);
    ReportFile.write(file, writer -> writer.write(page));
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
