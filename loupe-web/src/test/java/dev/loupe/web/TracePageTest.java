package dev.loupe.web;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TracePageTest {
  private Browser browser;
  private Path file;

  TracePageTest(@TempDir Path folder) {
    file = folder.resolve("trace.html");
    browser = Browser.start();
  }

  @BeforeAll
  void write() throws IOException {
    Files.writeString(file, Browser.html(SampleTrace.of(1, 220, 1500)));
  }

  @AfterEach
  void staysQuietAndOffline() {
    assertEquals(List.of(), browser.complaints);
    assertEquals(List.of(), browser.requests);
  }

  @AfterAll
  void close() {
    browser.close();
  }

  @Test
  void showsTheQuestionAndTheGraph() {
    Page page = browser.open(file, "", 1280, 800, ColorScheme.LIGHT);
    assertTrue(page.locator("h1").textContent().contains("Paris"));
    assertTrue(page.locator(".nodes .node").count() > 200);
  }
}
