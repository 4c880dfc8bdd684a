package dev.loupe.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/**
 * A result as one HTML file that shows itself, without a network: a trace as graph, table, paths
 * and evidence, a training as curves, features with their examples. The page is one of loupe-web;
 * the result goes into it as data that no browser takes for markup.
 */
public final class HtmlPage {
  private static final String EMPTY_DATA = "id=\"loupe-data\">{}</script>";

  /** What a page shows. */
  public enum Kind {
    /** Schema {@code loupe.trace/1}. */
    TRACE("trace"),
    /** Schema {@code loupe.training/1}. */
    TRAINING("training"),
    /** Schema {@code loupe.features/1}. */
    FEATURES("features"),
    /** Schema {@code loupe.greater-than/1}. */
    GREATER_THAN("greater-than");

    private final String template;

    Kind(String name) {
      this.template = "/dev/loupe/web/" + name + ".html";
    }
  }

  private HtmlPage() {}

  /** The page that shows a finding of a schema, given as JSON text. */
  public static String of(String schema, String json) {
    String name = schema.substring(schema.indexOf('.') + 1, schema.indexOf('/'));
    return of(
        Arrays.stream(Kind.values())
            .filter(kind -> kind.template.endsWith("/" + name + ".html"))
            .findFirst()
            .orElseThrow(() -> new IllegalArgumentException("no page shows " + schema)),
        json);
  }

  /** The page that shows a trace, given as JSON text. */
  public static String of(String json) {
    return of(Kind.TRACE, json);
  }

  /** The page that shows a result, given as JSON text. */
  public static String of(Kind kind, String json) {
    String page = template(kind);
    int place = page.indexOf(EMPTY_DATA);
    if (place < 0) {
      throw new IllegalStateException(kind.template + " has no place for data");
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
    write(Kind.TRACE, file, json);
  }

  /** As {@link #write(Path, String)}, for any kind of result. */
  public static void write(Kind kind, Path file, String json) {
    String page = of(kind, json);
    ReportFile.write(file, writer -> writer.write(page));
  }

  /** As {@link #write(Path, String)}, from the trace as maps, lists, records and numbers. */
  public static void write(Path file, Map<String, ?> trace) {
    write(file, JsonMapper.shared().writeValueAsString(trace));
  }

  private static String template(Kind kind) {
    try (InputStream page = HtmlPage.class.getResourceAsStream(kind.template)) {
      if (page == null) {
        throw new IllegalStateException(
            kind.template + " is missing: loupe-web is not on the class path");
      }
      return new String(page.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
