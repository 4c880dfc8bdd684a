package dev.loupe.web;

import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.options.ColorScheme;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import tools.jackson.databind.json.JsonMapper;

/** A real browser without a network, and what went wrong in it. */
final class Browser implements AutoCloseable {
  private static final Path CHROMIUM = Path.of("/usr/bin/chromium");
  private static final String EMPTY_DATA = "id=\"loupe-data\">{}<";

  private final Playwright playwright;
  private final com.microsoft.playwright.Browser browser;

  /** Complaints of the console and errors of scripts, on all pages opened here. */
  final List<String> complaints = new ArrayList<>();

  /** Addresses asked for, other than of the opened files themselves. */
  final List<String> requests = new ArrayList<>();

  private Browser(Playwright playwright) {
    this.playwright = playwright;
    this.browser =
        playwright
            .chromium()
            .launch(
                new BrowserType.LaunchOptions()
                    .setExecutablePath(CHROMIUM)
                    .setArgs(
                        List.of(
                            "--no-sandbox",
                            "--disable-gpu",
                            "--enable-unsafe-swiftshader", // WebGL without a graphics card
                            "--no-first-run",
                            "--disable-background-networking",
                            "--disable-component-update",
                            "--disable-sync")));
  }

  /** Starts Chromium with a new profile; the test is skipped where there is none. */
  static Browser start() {
    Assumptions.assumeTrue(
        Files.isExecutable(CHROMIUM), "no " + CHROMIUM + ", which the page is tested in");
    return new Browser(Playwright.create());
  }

  /** The page as the jar carries it, with this result in it. */
  static String html(Map<String, Object> data) {
    String json = JsonMapper.shared().writeValueAsString(data).replace("<", "\\u003c");
    try (InputStream page = Browser.class.getResourceAsStream("page.html")) {
      if (page == null) {
        throw new IllegalStateException("the module was built without page.html");
      }
      String text = new String(page.readAllBytes(), StandardCharsets.UTF_8);
      return text.replace(EMPTY_DATA, EMPTY_DATA.replace("{}", json.replace("$", "\\u0024")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Opens a page of this size at {@code #hash}. */
  Page open(Path file, String hash, int width, int height, ColorScheme scheme) {
    BrowserContext context =
        browser.newContext(
            new com.microsoft.playwright.Browser.NewContextOptions()
                .setViewportSize(width, height)
                .setColorScheme(scheme)
                .setOffline(true));
    // What each frame showed of the page, as the names of its parts.
    context.addInitScript(
        """
        window.seenInFrames = [];
        const look = () => {
          seenInFrames.push([...document.querySelectorAll('#loupe > *')].map(e => e.tagName).join(' '));
          if (seenInFrames.length < 200) requestAnimationFrame(look);
        };
        requestAnimationFrame(look);
        """);
    Page page = context.newPage();
    page.setDefaultTimeout(10_000);
    page.onConsoleMessage(message -> {
      // Advice about reading pixels, which only the tests and axe-core do.
      if (List.of("error", "warning").contains(message.type())
          && !message.text().startsWith("Canvas2D")
          && !message.text().contains("GPU stall due to ReadPixels")) {
        complaints.add(message.text());
      }
    });
    page.onPageError(complaints::add);
    page.onRequest(request -> {
      if (!request.url().startsWith(file.toUri().toString())) {
        requests.add(request.url());
      }
    });
    page.navigate(file.toUri() + (hash.isEmpty() ? "" : "#" + hash));
    return page;
  }

  /** Closes what was opened and forgets its complaints, so that no test sees another's. */
  void closePages() {
    browser.contexts().forEach(BrowserContext::close);
    complaints.clear();
    requests.clear();
  }

  @Override
  public void close() {
    browser.close();
    playwright.close();
  }
}
