package dev.loupe.web;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/**
 * What the tests of the page share: one browser a class, and after each test no complaint and no
 * request.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class Opened {
  @SuppressWarnings("NullAway.Init")
  @TempDir
  Path folder;

  @SuppressWarnings("NullAway.Init")
  Browser browser;

  private final AtomicInteger pages = new AtomicInteger();

  @BeforeAll
  void start() {
    browser = Browser.start();
  }

  @AfterEach
  void staysQuietAndOffline() {
    List<String> complaints = List.copyOf(browser.complaints);
    List<String> requests = List.copyOf(browser.requests);
    browser.closePages();
    assertEquals(List.of(), complaints);
    assertEquals(List.of(), requests);
  }

  @AfterAll
  void stop() {
    if (browser != null) {
      browser.close();
    }
  }

  /** The trace that can be checked by hand. */
  static Map<String, Object> smallTrace() {
    return fixture("trace/trace.json");
  }

  Page open(Map<String, Object> trace) {
    return open(trace, "");
  }

  Page open(Map<String, Object> trace, String hash) {
    return open(trace, hash, 1280, 900, ColorScheme.LIGHT);
  }

  Page open(Map<String, Object> trace, String hash, int width, int height, ColorScheme scheme) {
    return openPage(Browser.html(trace), hash, width, height, scheme);
  }

  Page openPage(String html, String hash, int width, int height, ColorScheme scheme) {
    Path file = folder.resolve(pages.incrementAndGet() + ".html");
    try {
      Files.writeString(file, html);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Page page = browser.open(file, hash, width, height, scheme);
    page.locator("#loupe > footer, .failure").first().waitFor();
    return page;
  }

  /** What axe-core finds wrong with a page, however small. */
  static Object faults(Page page) throws IOException {
    String name = System.getProperty("loupe.axe", "");
    try (InputStream axe = Opened.class.getClassLoader().getResourceAsStream(name)) {
      if (axe == null) {
        throw new IllegalStateException("axe-core is not on the test class path: " + name);
      }
      page.evaluate(new String(axe.readAllBytes(), StandardCharsets.UTF_8) + "; null");
    }
    return page.evaluate(
        "async () => (await axe.run()).violations.map(v => v.id + ' ' + v.nodes.slice(0, 4).map(n"
            + " => n.target + ': ' + n.failureSummary).join(' | '))");
  }

  /** The least contrast of text on its ground, where grounds are mixed and axe-core is not sure. */
  static double leastContrast(Page page, String selector) {
    Object least =
        page.evaluate(
            """
            selector => {
              const context = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
              const luminance = (...colours) => {
                for (const colour of colours) {
                  context.fillStyle = colour;
                  context.fillRect(0, 0, 1, 1);
                }
                const [red, green, blue] = [...context.getImageData(0, 0, 1, 1).data].map(part =>
                  part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4);
                return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
              };
              const sheet = getComputedStyle(document.querySelector('.panel')).backgroundColor;
              return Math.min(...[...document.querySelectorAll(selector)].flatMap(ground => {
                const under = luminance(sheet, getComputedStyle(ground).backgroundColor);
                return [ground, ...ground.querySelectorAll('*:not(.spoken)')].map(text => {
                  const ink = luminance(getComputedStyle(text).color);
                  return (Math.max(ink, under) + 0.05) / (Math.min(ink, under) + 0.05);
                });
              }));
            }
            """,
            selector);
    return ((Number) least).doubleValue();
  }

  /** Whether the page as a whole scrolls sideways; tables may, inside their frames. */
  static boolean scrollsSideways(Page page) {
    return (boolean)
        page.evaluate(
            "document.documentElement.scrollWidth > document.documentElement.clientWidth");
  }

  /** A page without a script as the command wrote it. */
  Page openFixture(String name, int width, ColorScheme scheme) throws IOException {
    try (InputStream html = Opened.class.getResourceAsStream("/fixtures/" + name)) {
      if (html == null) {
        throw new IllegalStateException("no fixture " + name);
      }
      Path file = folder.resolve(pages.incrementAndGet() + ".html");
      Files.write(file, html.readAllBytes());
      return browser.open(file, "", width, 900, scheme); // no script, nothing to wait for
    }
  }

  /** A finding as the command wrote it, shortened. */
  static Map<String, Object> fixture(String name) {
    try (InputStream json = Opened.class.getResourceAsStream("/fixtures/" + name)) {
      if (json == null) {
        throw new IllegalStateException("no fixture " + name);
      }
      return JsonMapper.shared().readValue(json, new TypeReference<>() {});
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** With {@code -Dloupe.pictures=FOLDER} the page is also looked at. */
  static void picture(Page page, String name) {
    String pictures = System.getProperty("loupe.pictures", "");
    if (!pictures.isEmpty()) {
      page.screenshot(
          new Page.ScreenshotOptions().setFullPage(true).setPath(Path.of(pictures, name + ".png")));
    }
  }

  /** The element of a node in the graph. */
  static Locator node(Page page, String key) {
    return page.locator(".nodes [data-key='" + key + "']");
  }

  static List<String> texts(Locator elements) {
    return elements.allInnerTexts().stream()
        .map(text -> text.replaceAll("\\s+", " ").trim())
        .toList();
  }

  /** The part of the address that holds the state. */
  static String hash(Page page) {
    return String.valueOf(page.evaluate("location.hash"));
  }
}
