package dev.loupe.web;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.Media;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The graph fits its window, on the screen and on paper, and leads on. */
class GraphFitTest extends Opened {
  private static final String OUTSIDE =
      """
      (() => {
        const at = document.querySelector('.stage').getBoundingClientRect();
        return [...document.querySelectorAll('.nodes .node:not(.hidden) .shape')].filter(shape => {
          const box = shape.getBoundingClientRect();
          return box.left < at.left || box.right > at.right + 0.5 || box.top < at.top;
        }).map(shape => shape.closest('.node').ariaLabel + JSON.stringify([shape.getBoundingClientRect(), at]));
      })()
      """;

  @ParameterizedTest
  @ValueSource(ints = {1280, 1600})
  void isAsWideAsItsWindow(int width) {
    Page page = open(SampleTrace.of(2, 200, 1500), "", width, 900, ColorScheme.LIGHT);
    assertEquals(
        true,
        page.evaluate(
            "document.querySelector('.window').scrollWidth <= document.querySelector('.window').clientWidth"));
    assertEquals(List.of(), page.evaluate(OUTSIDE));
  }

  @Test
  void columnsWithNothingInThemAreNarrow() {
    List<String> prompt = IntStream.range(0, 12).mapToObj(i -> " longish" + i).toList();
    Map<String, Object> trace = SampleTrace.of(3, 20, 100, prompt);
    List<Object> nodes = new ArrayList<>();
    for (Object node : (List<?>) Objects.requireNonNull(trace.get("nodes"))) {
      Map<?, ?> each = (Map<?, ?>) node;
      if (!(each.get("position") instanceof Integer position)
          || position == 11
          || "token".equals(each.get("kind"))) {
        nodes.add(node);
      }
    }
    trace.put("nodes", nodes);
    trace.put("edges", List.of());
    trace.put("paths", List.of());
    trace.put("groups", List.of());
    Page page = open(trace);
    double empty = page.locator(".head.token").nth(3).boundingBox().width;
    double full = page.locator(".head.token").nth(11).boundingBox().width;
    assertTrue(empty <= 44 && full > 200, empty + " " + full);
  }

  @Test
  void biasesAreHiddenUntilTheyAreAskedFor() {
    Page page = open(smallTrace(), "open=g1");
    assertThat(node(page, "6")).hasCount(0);
    assertThat(page.locator(".head.gutter")).hasCount(0);
    page.locator("#biases").click();
    assertThat(node(page, "6")).isVisible();
    assertEquals("#biases=1&open=g1", hash(page));
    page.locator("#biases").click();
    node(page, "7").click();
    page.locator(".links.source .link[data-link='6']").click();
    assertThat(page.locator("#details h3")).hasText("L0 MLP bias");
    assertThat(node(page, "6")).isVisible();
  }

  /** The strongest input of the answer is a sum that leads nowhere; the way goes on beside it. */
  @Test
  void theWayDownLeadsOn() {
    Map<String, Object> trace = smallTrace();
    List<Object> edges = new ArrayList<>((List<?>) Objects.requireNonNull(trace.get("edges")));
    edges.add(Map.of("source", 5, "target", 8, "weight", 9.0, "share", 0.9));
    edges.add(Map.of("source", 6, "target", 7, "weight", 9.0, "share", 0.95));
    trace.put("edges", edges);
    Page page = open(trace, "open=g1&biases=1");
    node(page, "7").focus();
    page.keyboard().press("ArrowDown");
    assertThat(page.locator("#details h3")).hasText("1/7@1");
    node(page, "8").focus();
    page.keyboard().press("ArrowDown");
    assertThat(page.locator("#details h3")).hasText("1/7@1");
  }

  @Test
  void aSearchScrollsToWhatItFinds() {
    Page page = open(SampleTrace.of(2, 400, 3000), "zoom=2", 1280, 500, ColorScheme.LIGHT);
    page.evaluate("document.querySelector('.window').scrollTo(0, 0)");
    page.locator("#search").fill("token");
    Object hidden =
        page.evaluate(
            """
            (() => {
              const at = document.querySelector('.window').getBoundingClientRect();
              return [...document.querySelectorAll('.node.found')].every(node => {
                const box = node.getBoundingClientRect();
                return box.bottom < at.top || box.top > at.bottom || box.right < at.left || box.left > at.right;
              });
            })()
            """);
    assertEquals(false, hidden);
  }

  /**
   * Every printed edge ends at its nodes, and all of them are there, however far the screen was
   * scrolled.
   */
  @Test
  void onPaperEdgesEndAtTheirNodes() {
    Page page = open(SampleTrace.of(2, 120, 800), "theme=dark", 1280, 500, ColorScheme.LIGHT);
    page.evaluate("document.querySelector('.window').scrollTo(0, 150)");
    page.emulateMedia(new Page.EmulateMediaOptions().setMedia(Media.PRINT));
    page.waitForTimeout(200);
    assertThat(page.locator("canvas.edges")).isHidden();
    Object loose =
        page.evaluate(
            """
            (() => {
              const zoom = Number(getComputedStyle(document.querySelector('.frame')).zoom);
              const origin = document.querySelector('svg.nodes').getBoundingClientRect();
              const boxes = [...document.querySelectorAll('.nodes .node:not(.hidden) .shape')].map(s => s.getBoundingClientRect());
              const touches = (x, y) => boxes.some(b => x >= b.left - 3 && x <= b.right + 3 && y >= b.top - 3 && y <= b.bottom + 3);
              const paths = [...document.querySelectorAll('.printed path')];
              return paths.length === 0 ? -1 : paths.filter(path => {
                const from = path.getPointAtLength(0), to = path.getPointAtLength(path.getTotalLength());
                return ![from, to].every(({ x, y }) => touches(origin.left + x * zoom, origin.top + y * zoom));
              }).length;
            })()
            """);
    assertEquals(0, loose);
    assertEquals(
        true,
        page.evaluate("document.querySelector('.frame').getBoundingClientRect().width <= 692"));
    page.emulateMedia(new Page.EmulateMediaOptions().setMedia(Media.SCREEN));
    assertThat(page.locator(".printed path")).hasCount(0);
  }
}
