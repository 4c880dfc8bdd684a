package dev.loupe.web;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The view of a map of features. */
class FeaturesMapPageTest extends ReportPageTest {
  @Override
  Map<String, Object> report() {
    Map<String, Object> map = new LinkedHashMap<>(fixture("finding/steer.json"));
    map.keySet().retainAll(List.of("evidence", "caveats", "provenance"));
    map.put("schema", "loupe.features-map/1");
    map.put("question", "Which features of small, large lie near each other?");
    map.put("bases", List.of("small", "large"));
    map.put("dead", 1);
    map.put("positions", 1000);
    map.put("neighbours", 2);
    map.put("epochs", 5);
    map.put("preserved", 0.5);
    map.put("preservedByChance", 0.25);
    map.put("trustworthiness", 0.75);
    map.put("sampled", 4);
    Map<String, Object> points = new LinkedHashMap<>();
    points.put("basis", List.of(0, 0, 1, 1));
    points.put("layer", List.of(4, 4, 4, 4));
    points.put("feature", List.of(0, 7, 1, 12));
    points.put("x", List.of(-3, 0, 2, 3));
    points.put("y", List.of(0, 2, -1, 1.5));
    points.put("frequency", List.of(0.1, 0.01, 0.001, 0.0001));
    points.put("peak", List.of(" in <b>May", " the war", " in June", ""));
    points.put("near", List.of(List.of(2, 1), List.of(3, 0), List.of(0, 3), List.of(1, 2)));
    points.put(
        "cosine",
        List.of(List.of(0.9, 0.1), List.of(0.5, 0.1), List.of(0.9, 0.2), List.of(0.5, 0.2)));
    map.put("points", points);
    return map;
  }

  @Test
  void aSearchFindsFeaturesByNumberAndByWords() {
    Page page = show("", 1280, ColorScheme.LIGHT);
    Locator search = page.locator("input[type=search]");
    search.fill("in ");
    assertThat(page.locator("#plane")).containsText("2 found.");
    search.fill("nowhere");
    assertThat(page.locator("#plane")).containsText("Nothing found.");
    search.fill("4/7");
    assertThat(page.locator("#chosen")).containsText("4/7 of small, active on 1.0% of tokens");
    assertThat(page.locator("#chosen")).containsText("the␣war");
    assertEquals(
        List.of("4/12 of large 0.50", "4/0 of small 0.10 ␣in␣<b>May"),
        texts(page.locator("#chosen tbody tr")).stream().map(String::strip).toList());
    page.locator("#chosen tbody button").first().click();
    assertThat(page.locator("#chosen strong")).hasText("4/12 of large");
  }

  /** The first feature stands at the left edge, half way down. */
  @Test
  void aPointIsChosenByPressingItAndThePlaneMoves() {
    Page page = show("", 1280, ColorScheme.DARK);
    Locator plane = page.locator("canvas.plane");
    String before = pixels(plane);
    var box = plane.boundingBox();
    double side = Math.min(box.width, box.height);
    // The plane's longer side is 6 units, and 6% are left as a margin.
    double x = box.width / 2 + side * (-3.0 / 6 / 1.06);
    double y = box.height / 2 + side * ((0 - 0.5) / 6 / 1.06);
    plane.click(new Locator.ClickOptions().setPosition(x, y));
    assertThat(page.locator("#chosen strong")).hasText("4/0 of small");
    assertNotEquals(before, pixels(plane));
    String chosen = pixels(plane);
    plane.press("+");
    assertNotEquals(chosen, pixels(plane));
    page.locator("button:has-text('Show all')").click();
    page.locator("select").selectOption("frequency");
    assertThat(page.locator(".legend")).containsText("share of tokens");
  }

  private static String pixels(Locator canvas) {
    return String.valueOf(canvas.evaluate("e => e.toDataURL()"));
  }
}
