package dev.loupe.web;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.ForcedColors;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

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
  @CsvSource({"1280, LIGHT", "1280, DARK", "390, LIGHT", "390, DARK"})
  void hasNoAccessibilityFault(int width, ColorScheme scheme) throws IOException {
    Page page = show("", width, scheme);
    picture(page, getClass().getSimpleName() + "-" + width + "-" + scheme);
    assertEquals(List.of(), faults(page));
    assertFalse(scrollsSideways(page), "the page scrolls sideways");
  }

  /** By the browser's setting of the size of text, which the page follows. */
  @ParameterizedTest
  @ValueSource(ints = {390, 1280})
  void textCanBeTwiceAsLarge(int width) {
    Page page = show("", width, ColorScheme.LIGHT);
    page.evaluate("document.documentElement.style.fontSize = '200%'");
    assertEquals("28px", page.evaluate("getComputedStyle(document.body).fontSize"));
    page.waitForTimeout(100);
    assertFalse(scrollsSideways(page), "the page scrolls sideways");
  }

  /** Bars and cells that tell by their ground alone keep it where the system dictates colours. */
  @Test
  void forcedColoursLeaveWhatGroundsTell() {
    Page page = show("", 1280, ColorScheme.DARK);
    page.emulateMedia(new Page.EmulateMediaOptions().setForcedColors(ForcedColors.ACTIVE));
    assertEquals(
        List.of(),
        page.evaluate(
            "[...document.querySelectorAll('main :is(.bar, .strip-cells i, .pair i, .pattern li,"
                + " .lens-grid [data-says], canvas)')].filter(e =>"
                + " getComputedStyle(e).forcedColorAdjust !== 'none').map(e => e.className)"));
    assertEquals(
        "solid",
        page.evaluate("getComputedStyle(document.querySelector('.panel')).borderTopStyle"));
  }

  /** A frame shows the head alone before what is below it is made. */
  @Test
  void theHeadIsPaintedFirst() {
    Page page = show("", 1280, ColorScheme.LIGHT);
    assertEquals(true, page.evaluate("seenInFrames.includes('HEADER')"));
    assertEquals(
        "HEADER MAIN FOOTER",
        page.evaluate(
            "[...document.querySelectorAll('#loupe > *')].map(e => e.tagName).join(' ')"));
  }
}
