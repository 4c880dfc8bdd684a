package dev.loupe.web;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What holds for the view of every report: it tells what it cannot show, and all can read it. */
abstract class ReportPageTest extends Opened {
  /** A report that the page can show. */
  abstract Map<String, Object> report();

  Page show(Map<String, Object> shown, String hash, int width, ColorScheme scheme) {
    return openPage(Browser.html(shown), hash, width, 900, scheme);
  }

  Page show(String hash, int width, ColorScheme scheme) {
    return show(report(), hash, width, scheme);
  }

  @Test
  void anotherVersionOfItsSchemaIsTold() {
    String schema = report().get("schema") + "0";
    Page page = show(Map.of("schema", schema), "", 1280, ColorScheme.LIGHT);
    assertThat(page.locator(".failure")).containsText(schema);
  }

  @ParameterizedTest
  @CsvSource({"1280, LIGHT", "1280, DARK", "390, LIGHT"})
  void hasNoSeriousAccessibilityFault(int width, ColorScheme scheme) throws IOException {
    Page page = show("", width, scheme);
    assertEquals(List.of(), seriousFaults(page));
    assertEquals(
        true,
        page.evaluate(
            "document.documentElement.scrollWidth <= document.documentElement.clientWidth"),
        "the page scrolls sideways");
  }
}
