package dev.loupe.web;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.microsoft.playwright.Download;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Large traces, long prompts, hostile texts, broken data; and the picture that leaves the page. */
class HardTraceTest extends Opened {
  /** Pairs of nodes whose shapes overlap, other than on the same spot of no size. */
  private static final String OVERLAPS =
      """
      (() => {
        const boxes = [...document.querySelectorAll('.nodes .node .shape')].map((shape) => shape.getBoundingClientRect());
        let overlaps = 0;
        for (let i = 0; i < boxes.length; i++)
          for (let j = 0; j < i; j++)
            if (boxes[i].left < boxes[j].right && boxes[j].left < boxes[i].right
                && boxes[i].top < boxes[j].bottom && boxes[j].top < boxes[i].bottom) overlaps++;
        return overlaps;
      })()
      """;

  private static final String INKED =
      """
      (() => {
        const canvas = document.querySelector('canvas.edges');
        const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
        let inked = 0;
        for (let i = 3; i < data.length; i += 4) if (data[i] > 0) inked++;
        return inked / (data.length / 4);
      })()
      """;

  @Test
  void drawsFourHundredNodesWithoutOverlap() {
    Page page = open(SampleTrace.of(2, 400, 3000));
    assertTrue(page.locator(".nodes .node").count() > 400);
    assertEquals(0, page.evaluate(OVERLAPS));
    assertTrue(((Number) page.evaluate(INKED)).doubleValue() > 0.05, "edges are drawn");
    page.locator("#groups").click();
    assertEquals(0, page.evaluate(OVERLAPS));
    page.locator(".zoom button").last().click();
    assertEquals(0, page.evaluate(OVERLAPS));
  }

  @Test
  void theSameNumberOfNodesIsInGraphAndTable() {
    Page page = open(SampleTrace.of(2, 400, 3000));
    page.locator("#table .rows > .quiet").click();
    assertThat(page.locator("#table tbody tr")).hasCount(page.locator(".nodes .node").count());
  }

  @Test
  void gathersPositionsWithoutNodesIntoGaps() {
    List<String> prompt = IntStream.range(0, 300).mapToObj(i -> " word" + i).toList();
    Page page =
        open(
            SampleTrace.of(3, 20, 200, prompt).entrySet().stream()
                .collect(
                    Collectors.toMap(
                        Map.Entry::getKey,
                        entry ->
                            entry.getKey().equals("nodes")
                                ? onlyLast(entry.getValue())
                                : entry.getKey().equals("edges")
                                        || entry.getKey().equals("paths")
                                        || entry.getKey().equals("groups")
                                    ? List.of()
                                    : entry.getValue())));
    assertThat(page.locator(".head.gap")).hasText("299 more0–298");
    assertThat(page.locator(".head.token")).hasCount(1);
    assertThat(page.locator("h1.folded")).isVisible();
    page.locator(".question button").click();
    assertThat(page.locator("h1.folded")).hasCount(0);
  }

  @Test
  void tokensThatHardlyMatterFoldIntoGapsOfALongPrompt() {
    List<String> prompt = IntStream.range(0, 500).mapToObj(i -> " word" + i).toList();
    Map<String, Object> trace = SampleTrace.of(3, 20, 200, prompt);
    List<Object> nodes = new ArrayList<>();
    for (Object node : (List<?>) Objects.requireNonNull(trace.get("nodes"))) {
      Map<Object, Object> changed = new HashMap<>((Map<?, ?>) node);
      if ("token".equals(changed.get("kind"))) {
        changed.put("influence", 0.0001);
      }
      nodes.add(changed);
    }
    trace.put("nodes", nodes);
    Page page = open(trace);
    assertTrue(page.locator(".head.gap").count() > 2);
    assertTrue(page.locator(".head.token").count() < 100);
    assertEquals(0, page.evaluate(OVERLAPS));
  }

  private static List<?> onlyLast(Object nodes) {
    return ((List<?>) nodes)
        .stream()
            .filter(node ->
                node instanceof Map<?, ?> map && Integer.valueOf(299).equals(map.get("position")))
            .toList();
  }

  @Test
  void hostileTextsAreShownAsText() {
    List<String> prompt =
        List.of(
            "</script><script>hacked=1</script>",
            "<img src=x onerror=hacked=1>",
            "שלום",
            "\u202Eevil",
            "👩‍👩‍👧",
            "\n",
            " ",
            "",
            "&amp;",
            "'\"`${1}");
    Page page = open(SampleTrace.of(4, 60, 400, prompt), "node=0");
    assertEquals("undefined", page.evaluate("typeof hacked"));
    assertThat(page.locator("img")).hasCount(0);
    assertThat(page.locator("#details h3")).hasText("</script><script>hacked=1</script>");
    List<String> heads = texts(page.locator(".head.token .head-text"));
    assertEquals("שלום", heads.get(2));
    assertEquals("⟨202E⟩evil", heads.get(3));
    assertEquals(List.of("↵", "␣", "(empty)", "&amp;"), heads.subList(5, 9));
    assertEquals("👩‍👩‍👧", heads.get(4));
  }

  @Test
  void everyKindOfNodeIsDrawn() {
    Map<String, Object> trace = smallTrace();
    List<Object> nodes = new ArrayList<>((List<?>) Objects.requireNonNull(trace.get("nodes")));
    List<String> kinds =
        List.of(
            "position",
            "embeddingBias",
            "attentionBias",
            "mlpBias",
            "ownBias",
            "error",
            "kindOfTomorrow");
    for (String kind : kinds) {
      Map<String, Object> node = new HashMap<>();
      node.put("id", 100 + nodes.size());
      node.put("kind", kind);
      node.put("layer", kind.equals("ownBias") ? null : 1);
      node.put("position", kind.endsWith("Bias") ? null : 0);
      node.put("label", kind);
      node.put("influence", null);
      nodes.add(node);
    }
    trace.put("nodes", nodes);
    Page page = open(trace, "open=g1&biases=1");
    for (String kind : kinds) {
      assertThat(page.locator(".node." + kind + " .shape").first())
          .hasAttribute("d", Pattern.compile("^M.*Z$"));
    }
    assertEquals(0, page.evaluate(OVERLAPS));
  }

  @Test
  void saysWhatIsWrongWithDataOfAnotherSchema() {
    Page page = open(Map.of("schema", "loupe.trace/9"));
    assertThat(page.locator("[role=alert]"))
        .hasText(
            "This trace cannot be shown. This page reads loupe.trace/1, but its data says loupe.trace/9.");
  }

  @Test
  void saysWhichNodeAnEdgeLacks() {
    Map<String, Object> trace = smallTrace();
    trace.put("edges", List.of(Map.of("source", 0, "target", 77, "weight", 1, "share", 1)));
    Page page = open(trace);
    assertThat(page.locator("[role=alert]")).containsText("Edge 0 → 77 names node 77");
  }

  @Test
  void aTraceWithoutItsOptionalPartsIsShown() {
    Map<String, Object> trace = smallTrace();
    List.of("groups", "paths", "totals", "evidence", "caveats", "provenance", "settings")
        .forEach(trace::remove);
    Page page = open(trace);
    assertThat(page.locator(".nodes .node")).hasCount(8);
    assertThat(page.locator("#paths")).containsText("The trace lists no paths.");
    assertThat(page.locator("#evidence")).containsText("The trace carries no evidence.");
  }

  @Test
  void thePictureCarriesSignsAndProvenance() throws IOException {
    Page page = open(smallTrace(), "open=g1&biases=1");
    Download download = page.waitForDownload(() -> page.locator("#save-picture").click());
    Path file = folder.resolve("picture.svg");
    download.saveAs(file);
    String picture = Files.readString(file);
    assertEquals("loupe-trace.svg", download.suggestedFilename());
    assertTrue(picture.contains("tiny.safetensors: ab12cd34"));
    assertTrue(picture.contains("libtorch 2.10.0"));
    assertEquals(12, picture.split("stroke-opacity", -1).length - 1);
    assertEquals(3, picture.split("stroke-dasharray=\"5 4\"", -1).length - 1);
    assertFalse(picture.contains("<script"));
    assertEquals(
        "svg",
        page.evaluate(
            "text => new DOMParser().parseFromString(text, 'image/svg+xml').documentElement.tagName",
            picture));
  }

  @Test
  void panelsStackOnANarrowScreen() {
    Page page = open(SampleTrace.of(1, 100, 600), "", 390, 844, ColorScheme.LIGHT);
    assertEquals(390, page.evaluate("document.documentElement.scrollWidth"));
    assertTrue(page.locator("#details").boundingBox().y > page.locator("#graph").boundingBox().y);
    assertTrue(page.locator("#table").boundingBox().y > page.locator("#paths").boundingBox().y);
  }
}
