package dev.loupe.web;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The view of documents that taught several models the same completions. */
class InfluenceComparePageTest extends ReportPageTest {
  @Override
  Map<String, Object> report() {
    Map<String, Object> found = new LinkedHashMap<>(fixture("finding/steer.json"));
    found.keySet().retainAll(List.of("evidence", "caveats", "provenance"));
    found.put("schema", "loupe.influence-comparison/1");
    found.put("question", "Do these models owe the answers to the same documents?");
    found.put("questions", 2);
    found.put("documents", 30);
    found.put("top", 2);
    found.put("models", List.of(model("small", "d1", "d2"), model("large", "d2", "d3")));
    found.put(
        "pairs",
        List.of(
            Map.of(
                "first",
                "small",
                "second",
                "large",
                "documents",
                share(0.33),
                "labels",
                share(0.9),
                "order",
                share(0.04))));
    return found;
  }

  private static Map<String, Object> share(double value) {
    return Map.of(
        "value", value, "low", value / 2, "high", 1.0, "level", 0.95, "unit", "2 questions");
  }

  private static Map<String, Object> model(String name, String first, String second) {
    Map<String, Object> model = new LinkedHashMap<>();
    model.put("model", name);
    for (String figure : List.of("loss", "words", "wordsOfAll", "answer", "teachers", "theme")) {
      model.put(figure, share(0.5));
    }
    model.put(
        "found",
        List.of(
            Map.of("question", "The capital is Rostavia", "documents", documents(first, second)),
            Map.of("question", "The bread is <b>dear", "documents", documents(second, first))));
    return model;
  }

  private static List<Map<String, Object>> documents(String first, String second) {
    return List.of(document(first, 2.5), document(second, 1.25));
  }

  private static Map<String, Object> document(String id, double influence) {
    return Map.of(
        "id", id, "labels", List.of(), "influence", influence, "text", "Text of " + id + ".");
  }

  @Test
  void figuresOfModelsAndPairsStandWithTheirIntervals() {
    Page page = show("", 1280, ColorScheme.LIGHT);
    assertThat(page.locator("#models tbody tr")).hasCount(2);
    assertThat(page.locator("#pairs tbody tr")).hasCount(1);
    assertThat(page.locator("#pairs tbody tr")).containsText("0.33 [0.17, 1.00]");
  }

  @Test
  void documentsOfAQuestionStandSideBySideAndSharedOnesAreMarked() {
    Page page = show("", 1280, ColorScheme.LIGHT);
    assertThat(page.locator("#documents .columns section")).hasCount(2);
    assertThat(page.locator("#documents .shared")).hasCount(2);
    assertThat(page.locator("#documents li").first()).containsText("Text of d1.");
    page.locator("button:has-text('dear')").click();
    assertThat(page.locator("#documents li").first()).containsText("Text of d2.");
  }
}
