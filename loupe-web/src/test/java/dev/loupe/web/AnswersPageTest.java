package dev.loupe.web;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The page of {@code loupe audit answers}, which has no script: all can read it. */
class AnswersPageTest extends Opened {
  private Page show(int width, ColorScheme scheme) throws IOException {
    return openFixture("audit/answers.html", width, scheme);
  }

  @ParameterizedTest
  @CsvSource({"1280, LIGHT", "1280, DARK", "390, LIGHT", "390, DARK"})
  void hasNoAccessibilityFault(int width, ColorScheme scheme) throws IOException {
    Page page = show(width, scheme);
    picture(page, getClass().getSimpleName() + "-" + width + "-" + scheme);
    assertEquals(List.of(), faults(page));
    assertFalse(scrollsSideways(page), "the page scrolls sideways");
  }

  /**
   * Two systems by two categories, one of them with confidences; then a model asked under targets,
   * and a corpus over time; names stay text.
   */
  @ParameterizedTest
  @CsvSource({"1280, LIGHT"})
  void tablesAndDiagrams(int width, ColorScheme scheme) throws IOException {
    Page page = show(width, scheme);
    assertEquals(0, page.locator("main b").count());
    assertEquals(
        List.of("2", "2", "4", "4", "4"),
        page.locator("table").all().stream()
            .map(table -> String.valueOf(table.locator("tbody tr").count()))
            .toList());
    assertEquals(3, page.locator("figure svg").count());
  }
}
