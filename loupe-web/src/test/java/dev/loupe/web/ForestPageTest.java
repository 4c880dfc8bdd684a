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

/** The page of {@code loupe stats table}, which has no script: all can read it. */
class ForestPageTest extends Opened {
  private Page show(int width, ColorScheme scheme) throws IOException {
    return openFixture("forest/attacks.html", width, scheme);
  }

  @ParameterizedTest
  @CsvSource({"1280, LIGHT", "1280, DARK", "390, LIGHT", "390, DARK"})
  void hasNoAccessibilityFault(int width, ColorScheme scheme) throws IOException {
    Page page = show(width, scheme);
    picture(page, getClass().getSimpleName() + "-" + width + "-" + scheme);
    assertEquals(List.of(), faults(page));
    assertFalse(scrollsSideways(page), "the page scrolls sideways");
  }

  /** Nothing that a table says can become markup, and every rate stands in plot and table. */
  @ParameterizedTest
  @CsvSource({"1280, LIGHT"})
  void namesOfTheTableStayText(int width, ColorScheme scheme) throws IOException {
    Page page = show(width, scheme);
    assertEquals(
        0,
        page.locator("main b")
            .filter(new com.microsoft.playwright.Locator.FilterOptions().setHasText("and"))
            .count());
    assertTrue(
        page.locator("svg text").allTextContents().stream().anyMatch(text -> text.contains("<b>")));
    assertTrue(page.locator("table tbody tr").count() >= 12);
  }
}
