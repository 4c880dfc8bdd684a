package dev.loupe.web;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.microsoft.playwright.Page;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Heads explained, beside the graph. */
class AttentionPanelTest extends Opened {
  @Test
  void aHeadIsExplainedByPairsThatLeadToTheirNodes() {
    Map<String, Object> trace = new LinkedHashMap<>(smallTrace());
    trace.put(
        "attention",
        List.of(
            Map.of(
                "layer",
                1,
                "head",
                2,
                "query",
                1,
                "key",
                0,
                "probability",
                0.625,
                "score",
                3.5,
                "pairs",
                List.of(
                    pair(Map.of("id", 2, "name", "L0/5"), Map.of("id", 0, "name", " of"), 2.25),
                    pair(Map.of("id", 99, "name", "L0/9"), Map.of("id", 0, "name", " of"), -0.5)),
                "rest",
                1.75,
                "pairCount",
                42)));
    Page page = open(trace);
    assertThat(page.locator("#attention h3"))
        .hasText("Head 2 of layer 1 attends from ␣France to ␣of");
    assertThat(page.locator("#attention .note")).containsText("Probability 0.63, score 3.50.");
    assertThat(page.locator(".pattern")).hasCount(0);
    page.locator("#attention summary").click();
    assertEquals(
        List.of("L0/5 ␣of +2.25", "L0/9 ␣of −0.50", "the other 40 pairs +1.75"),
        texts(page.locator("#attention tbody tr")));
    assertThat(page.locator("#attention tbody tr").nth(1).locator("button")).hasCount(1);
    page.locator("#attention tbody button").first().click();
    assertThat(page.locator("#details h3")).hasText("0/5@1");
  }

  @Test
  void aHeadsPatternAndItsSourcesStandBeforePairs() {
    Map<String, Object> trace = new LinkedHashMap<>(smallTrace());
    Map<String, Object> reason = new LinkedHashMap<>();
    reason.put("layer", 1);
    reason.put("head", 2);
    reason.put("query", 1);
    reason.put("key", 0);
    reason.put("probability", 0.75);
    reason.put("score", 3.5);
    reason.put("pattern", List.of(0.75, 0.25));
    reason.put("querySources", List.of(part(2, "L0/5", 3)));
    reason.put("keySources", List.of(part(0, " of", 4), part(98, "L0/8", -1)));
    reason.put(
        "against",
        Map.of(
            "key",
            1,
            "probability",
            0.25,
            "score",
            1,
            "querySources",
            List.of(part(2, "L0/5", 2.25)),
            "keySources",
            List.of(part(1, " France", -0.5))));
    reason.put("pairs", List.of());
    reason.put("rest", 3.5);
    reason.put("pairCount", 42);
    trace.put("attention", List.of(reason));
    Page page = open(trace);
    assertEquals(
        List.of("␣of75.0% key", "␣France25.0% query"),
        page.locator(".pattern li").allTextContents());
    assertEquals(
        List.of("L0/5 +3.00", "all others +0.50", "␣of +4.00", "L0/8 −1.00", "all others +0.50"),
        texts(page.locator(".parts li")));
    page.locator("#attention .choices button").last().click();
    assertEquals(
        List.of("L0/5 +2.25", "all others +0.25", "␣France −0.50", "all others +3.00"),
        texts(page.locator(".parts li")));
    page.locator(".parts li").first().hover();
    assertThat(page.locator(".node.lit")).hasAttribute("data-key", "2");
    page.locator("h1").hover();
    assertThat(page.locator(".node.lit")).hasCount(0);
    page.locator(".parts button").first().click();
    assertThat(page.locator("#details h3")).hasText("0/5@1");
    assertThat(page.locator("#details code")).containsText("loupe features show 0/5 --store STORE");
  }

  private static Map<String, Object> part(int id, String name, double score) {
    return Map.of("source", Map.of("id", id, "name", name), "score", score);
  }

  private static Map<String, Object> pair(
      Map<String, Object> query, Map<String, Object> key, double score) {
    return Map.of("query", query, "key", key, "score", score);
  }
}
