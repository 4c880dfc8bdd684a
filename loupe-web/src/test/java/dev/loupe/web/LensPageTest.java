package dev.loupe.web;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The view of the logit lens. */
class LensPageTest extends ReportPageTest {
  @Override
  Map<String, Object> report() {
    return fixture("finding/lens.json");
  }

  @Test
  void showsWhatEachLayerWouldSayAtEachPosition() {
    Page page = show("", 1280, ColorScheme.LIGHT);
    int positions = size("positions");
    int layers = size("layers");
    assertThat(page.locator(".lens-grid [data-says]")).hasCount(positions * layers);
    assertThat(page.locator(".lens-grid thead th")).hasCount(positions);
    assertEquals(layers + 1, page.locator(".lens-grid tbody tr").count());
    // The last layer is the model: it has the model's own prediction everywhere.
    assertThat(page.locator(".lens-grid tbody tr").nth(1).locator(".right")).hasCount(positions);
    assertThat(page.locator(".lens-grid tr.settled")).hasCount(1);
    assertThat(page.locator("#course figure")).hasCount(2);
    assertThat(page.locator("dl.figures dt").first()).hasText("the model predicts");
  }

  private int size(String list) {
    return ((List<?>) Objects.requireNonNull(report().get(list))).size();
  }

  @Test
  void aCellIsReadAtThePointerAndIsDeeperTheMoreProbableItsTokenIs() {
    Page page = show("", 1280, ColorScheme.LIGHT);
    page.locator(".lens-grid tbody tr").nth(1).locator("[data-says]").last().hover();
    assertThat(page.locator("#grid .reading")).containsText("the model’s prediction has rank 1");
    assertEquals(
        true,
        page.evaluate(
            "[...document.querySelectorAll('.lens-grid [data-says]')].every(e =>"
                + " e.style.getPropertyValue('--share').endsWith('%'))"));
  }

  @ParameterizedTest
  @EnumSource(
      value = ColorScheme.class,
      names = {"LIGHT", "DARK"})
  void cellsCanBeReadOnTheDeepestGround(ColorScheme scheme) {
    double least = leastContrast(show("", 1280, scheme), ".lens-grid [data-says]");
    assertTrue(least >= 4.5, "contrast " + least);
  }

  /** The grid scrolls within its frame, and begins at the followed position. */
  @Test
  void onNarrowScreensTheFollowedPositionIsInSight() {
    Page page = show("", 390, ColorScheme.LIGHT);
    page.waitForFunction("document.querySelector('#grid .scroll').scrollLeft > 0");
    assertThat(page.locator(".lens-grid .followed").first()).isInViewport();
  }
}
