package dev.loupe.web;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.ReducedMotion;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Themes, focus, motion, and what axe-core says of them. */
class LookTest extends Opened {
  @ParameterizedTest
  @CsvSource({
    "1280, LIGHT, ''",
    "1280, DARK, ''",
    "1280, LIGHT, node=3",
    "1280, DARK, node=3",
    "390, LIGHT, node=7",
    "390, DARK, ''"
  })
  void hasNoAccessibilityFault(int width, ColorScheme scheme, String hash) throws IOException {
    Page page =
        open(
            hash.isEmpty() ? SampleTrace.of(1, 120, 800) : smallTrace(),
            hash.isEmpty() ? hash : hash + "&open=g1",
            width,
            900,
            scheme);
    assertEquals(List.of(), faults(page));
  }

  @ParameterizedTest
  @ValueSource(ints = {390, 1280})
  void textCanBeTwiceAsLarge(int width) {
    Page page = open(smallTrace(), "node=3", width, 900, ColorScheme.LIGHT);
    page.evaluate("document.documentElement.style.fontSize = '200%'");
    assertEquals("28px", page.evaluate("getComputedStyle(document.body).fontSize"));
    page.waitForTimeout(100);
    assertFalse(scrollsSideways(page), "the page scrolls sideways");
  }

  /** A large graph takes its time; what the page is stands there before it is drawn. */
  @Test
  void theHeadIsPaintedBeforeTheGraph() {
    Page page = open(SampleTrace.of(1, 120, 800), "", 1280, 900, ColorScheme.LIGHT);
    assertEquals(true, page.evaluate("seenInFrames.includes('HEADER')"));
  }

  @Test
  void darkIsTheSystemsChoiceUntilItIsSwitched() {
    Map<String, Object> trace = smallTrace();
    Object dark = ground(open(trace, "", 1280, 900, ColorScheme.DARK));
    Page page = open(trace);
    Object light = ground(page);
    assertNotEquals(dark, light);
    page.locator(".theme").click();
    assertEquals(dark, ground(page));
    assertEquals("#theme=dark", hash(page));
    page.locator(".theme").click();
    assertEquals(light, ground(page));
    assertThat(page.locator(".theme")).hasText("Theme: light");
  }

  @Test
  void edgesOfBothThemesDiffer() {
    Page page = open(smallTrace(), "open=g1");
    Object light = firstInk(page);
    page.locator(".theme").click();
    page.waitForTimeout(100);
    assertNotEquals(light, firstInk(page));
  }

  @Test
  void theFocusCanBeSeen() {
    Page page = open(smallTrace());
    page.keyboard().press("Tab");
    assertThat(page.locator(".theme")).isFocused();
    assertEquals("solid", page.evaluate("getComputedStyle(document.activeElement).outlineStyle"));
    node(page, "7").focus();
    page.keyboard().press("ArrowDown");
    assertNotEquals(
        "none",
        page.evaluate("getComputedStyle(document.activeElement.querySelector('.ring')).stroke"));
  }

  @Test
  void nothingMovesWhenMotionIsUnwanted() {
    Page page = open(smallTrace());
    String duration = "getComputedStyle(document.querySelector('.node')).transitionDuration";
    assertEquals("0.12s", page.evaluate(duration));
    page.emulateMedia(new Page.EmulateMediaOptions().setReducedMotion(ReducedMotion.REDUCE));
    assertEquals("0s", page.evaluate(duration));
  }

  private static Object ground(Page page) {
    return page.evaluate("getComputedStyle(document.documentElement).backgroundColor");
  }

  /** Colours of the strongest pixels of the edges. */
  private static Object firstInk(Page page) {
    return page.evaluate(
        """
        (() => {
          const canvas = document.querySelector('canvas.edges');
          const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
          let best = 0;
          for (let i = 3; i < data.length; i += 4) if (data[i] > data[best + 3]) best = i - 3;
          return [...data.slice(best, best + 3)].join();
        })()
        """);
  }
}
