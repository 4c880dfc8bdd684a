package dev.loupe.web;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.BoundingBox;
import com.microsoft.playwright.options.ColorScheme;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The view of a map of features. */
class FeaturesMapPageTest extends ReportPageTest {
  @Override
  Map<String, Object> report() {
    Map<String, Object> map = new LinkedHashMap<>(fixture("finding/steer.json"));
    map.keySet().retainAll(List.of("evidence", "caveats", "provenance"));
    map.put("schema", "loupe.features-map/1");
    map.put("question", "Which features of small, large lie near each other?");
    map.put("bases", List.of("small", "large"));
    map.put("sizes", List.of(2, 3));
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
    points.put("label", List.of("", " war", "", " war"));
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
    assertThat(page.locator("#plane")).containsText("2 found: 4/0 of small 4/1 of large");
    search.fill("WAR");
    assertThat(page.locator("#plane")).containsText("2 found: 4/7 of small 4/12 of large");
    page.locator(".hits button").last().click();
    assertThat(page.locator("#chosen strong")).hasText("4/12 of large");
    search.fill("nowhere");
    assertThat(page.locator("#plane")).containsText("Nothing found.");
    search.fill("4/7");
    assertThat(page.locator("#chosen"))
        .containsText("4/7 of small, active on 1.0% of tokens, label: ␣war, strongest at ␣the war");
    assertEquals(
        List.of("4/12 of large 0.50 ␣war", "4/0 of small 0.10 ␣in <b>May"),
        texts(page.locator("#chosen tbody tr")).stream().map(String::strip).toList());
    page.locator("#chosen tbody button").first().click();
    assertThat(page.locator("#chosen strong")).hasText("4/12 of large");
  }

  /** The first feature stands at the left edge, half way down. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aPointIsChosenByPressingItAndThePlaneMoves(boolean webgl) {
    Page page = show(webgl);
    assertThat(page.locator("#plane .note"))
        .containsText(webgl ? "0 shows all." : "Drawn without WebGL");
    Locator plane = page.locator("canvas.plane");
    byte[] before = plane.screenshot();
    assertTrue(colours(before) > 3, "no points are drawn");
    BoundingBox box = plane.boundingBox();
    double side = Math.min(box.width, box.height);
    // The plane's longer side is 6 units, and 6% are left as a margin.
    double x = box.width / 2 + side * (-3.0 / 6 / 1.06);
    double y = box.height / 2 + side * ((0 - 0.5) / 6 / 1.06);
    plane.click(new Locator.ClickOptions().setPosition(x, y));
    assertThat(page.locator("#chosen strong")).hasText("4/0 of small");
    byte[] chosen = plane.screenshot();
    assertFalse(Arrays.equals(before, chosen));
    page.mouse().move(0, 0);
    plane.press("0");
    byte[] whole = plane.screenshot();
    plane.press("+");
    byte[] zoomed = plane.screenshot();
    assertFalse(Arrays.equals(whole, zoomed));
    page.mouse().move(box.x + 200, box.y + 200);
    page.mouse().down();
    page.mouse().move(box.x + 260, box.y + 240);
    page.mouse().up();
    assertFalse(Arrays.equals(zoomed, plane.screenshot()));
    page.mouse().move(0, 0);
    plane.press("0");
    assertArrayEquals(whole, plane.screenshot());
    page.locator("button[title='Zoom in']").click();
    page.locator("input[type=search]").fill("4/12");
    assertThat(page.locator("#chosen strong")).hasText("4/12 of large");
    page.locator("button[title='Show all']").click();
    plane.click(new Locator.ClickOptions().setPosition(x, y));
    assertThat(page.locator("#chosen strong")).hasText("4/0 of small");
  }

  /** Two fingers that move apart by a factor of three about the middle of the plane. */
  @Test
  void twoFingersZoom() {
    Page page = show("", 390, ColorScheme.LIGHT);
    page.locator("canvas.plane")
        .evaluate(
            """
            plane => {
              plane.setPointerCapture = () => {};
              const box = plane.getBoundingClientRect();
              const at = (type, id, x, y) => plane.dispatchEvent(new PointerEvent(type,
                { pointerId: id, pointerType: 'touch', clientX: box.x + x, clientY: box.y + y, bubbles: true }));
              const [x, y] = [box.width / 2, box.height / 2];
              at('pointerdown', 1, x - 20, y);
              at('pointerdown', 2, x + 20, y);
              at('pointermove', 1, x - 60, y);
              at('pointermove', 2, x + 60, y);
              at('pointerup', 1, x - 60, y);
              at('pointerup', 2, x + 60, y);
            }
            """);
    Locator plane = page.locator("canvas.plane");
    BoundingBox box = plane.boundingBox();
    double side = Math.min(box.width, box.height);
    // 4/1 of large stands at (2, -1), and the middle at (0, 0.5): three times as far now.
    double x = box.width / 2 + 3 * side * ((2 - 0) / 6.0 / 1.06);
    assertTrue(x > box.width, "it was in sight before");
    plane.press("ArrowRight");
    plane.press("ArrowRight");
    plane.press("ArrowRight");
    plane.press("ArrowRight");
    plane.press("ArrowRight");
    plane.click(
        new Locator.ClickOptions()
            .setPosition(x - 200, box.height / 2 + 3 * side * ((-1 - 0.5) / 6 / 1.06)));
    assertThat(page.locator("#chosen strong")).hasText("4/1 of large");
  }

  @Test
  void coloursAreToldInWords() {
    Page page = show("", 1280, ColorScheme.DARK);
    assertThat(page.locator("dl.figures")).containsText("Seed");
    assertThat(page.locator(".legend")).hasText("● small, 2 features● large, 3 features");
    page.locator("select").selectOption("frequency");
    assertThat(page.locator(".legend")).containsText("share of tokens");
    page.locator("select").selectOption("label");
    assertThat(page.locator(".legend")).hasText("● ␣war● other labels, or none");
    assertEquals(
        List.of("dictionary and its size", "frequency", "label"),
        texts(page.locator("select option")));
  }

  /** What the graphics card is refused is refused before the page's script runs. */
  private Page show(boolean webgl) {
    String refuse =
        "<script>HTMLCanvasElement.prototype.getContext = (own => function (kind, more) { return"
            + " kind === 'webgl2' ? null : own.call(this, kind, more);"
            + " })(HTMLCanvasElement.prototype.getContext);</script>";
    String html = Browser.html(report());
    if (!webgl) {
      // The page's policy names its own script alone, so it goes as well.
      html =
          html.replaceFirst("<meta http-equiv=\"Content-Security-Policy\"[^>]*>", "")
              .replaceFirst("<head>", "<head>" + refuse);
    }
    return openPage(html, "", 1280, 900, ColorScheme.DARK);
  }

  /** How many colours a picture has. */
  private static long colours(byte[] png) {
    try {
      BufferedImage image = ImageIO.read(new ByteArrayInputStream(png));
      return Arrays.stream(
              image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth()))
          .distinct()
          .count();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
