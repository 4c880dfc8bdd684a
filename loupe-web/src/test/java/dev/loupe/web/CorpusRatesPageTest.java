package dev.loupe.web;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The page of {@code loupe audit corpus}, which has no script: all can read it. */
class CorpusRatesPageTest extends Opened {
  private Page show(int width, ColorScheme scheme) throws IOException {
    return openFixture("audit/corpus.html", width, scheme);
  }

  @ParameterizedTest
  @CsvSource({"1280, LIGHT", "1280, DARK", "390, LIGHT", "390, DARK"})
  void hasNoAccessibilityFault(int width, ColorScheme scheme) throws IOException {
    Page page = show(width, scheme);
    picture(page, getClass().getSimpleName() + "-" + width + "-" + scheme);
    assertEquals(List.of(), faults(page));
    assertFalse(scrollsSideways(page), "the page scrolls sideways");
  }

  /** Three counts of one relation and one of another; names stay text. */
  @ParameterizedTest
  @CsvSource({"1280, LIGHT"})
  void eachCountIsAPointWithItsInterval(int width, ColorScheme scheme) throws IOException {
    Page page = show(width, scheme);
    assertEquals(2, page.locator("figure").count());
    assertEquals(4, page.locator("circle.dot").count());
    assertEquals(4, page.locator("line.band").count());
    assertEquals(0, page.locator("main b").count());
    assertTrue(
        page.locator("svg title").allTextContents().stream()
            .anyMatch(text -> text.startsWith("2026-09 <b>first</b> release: 0.3000 [")));
  }
}
