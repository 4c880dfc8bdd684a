package dev.loupe.web;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The view of how features split. */
class FeaturesSplitPageTest extends ReportPageTest {
  @Override
  Map<String, Object> report() {
    Map<String, Object> split = new LinkedHashMap<>(fixture("finding/steer.json"));
    split.keySet().retainAll(List.of("evidence", "caveats", "provenance"));
    split.put("schema", "loupe.features-split/1");
    split.put("question", "How do the features of small split in middle, large?");
    split.put("positions", 12000);
    split.put("levels", List.of(level("small", "middle"), level("middle", "large")));
    split.put("baselines", List.of(level("small", "small-8")));
    split.put("grandparents", List.of());
    split.put(
        "concepts",
        List.of(
            Map.of(
                "word", "marina", "occurrences", 1234, "best", List.of(telling(7), telling(71)))));
    split.put("treePositions", 5000);
    Map<String, Object> leaf = branch("large", 300, List.of(), List.of());
    Map<String, Object> one =
        branch("middle", 71, List.of(Map.of("word", "marina", "f1", 0.9)), List.of(leaf));
    Map<String, Object> two = branch("middle", 72, List.of(), List.of());
    Map<String, Object> root =
        branch("small", 7, List.of(Map.of("word", "marina", "f1", 0.4)), List.of(one, two));
    root.put("parent", null);
    root.put("more", 3);
    split.put("trees", List.of(root));
    return split;
  }

  private static Map<String, Object> branch(
      String basis, int feature, List<Map<String, Object>> fires, List<?> children) {
    Map<String, Object> branch = new HashMap<>();
    branch.put("basis", basis);
    branch.put("id", Map.of("layer", 4, "feature", feature));
    branch.put("fires", fires);
    branch.put("frequency", 0.01);
    branch.put("peak", " in <b>the marina");
    branch.put("parent", tie(0.81));
    branch.put("otherSeed", basis.equals("large") ? null : tie(0.55));
    branch.put("children", children);
    branch.put("more", 0);
    return branch;
  }

  private static Map<String, Object> telling(int feature) {
    return Map.of(
        "basis", "small", "id", Map.of("layer", 4, "feature", feature), "f1", feature / 100.0);
  }

  private static Map<String, Object> tie(double correlation) {
    return Map.of("cosine", 0.3, "correlation", correlation, "overlap", 0.75);
  }

  private static Map<String, Object> level(String smaller, String larger) {
    Map<String, Object> share =
        Map.of("value", 0.25, "low", 0.2, "high", 0.31, "level", 0.95, "unit", "");
    Map<String, Object> level = new HashMap<>();
    level.put("smaller", smaller);
    level.put("larger", larger);
    level.put("parents", 500);
    level.put("children", 2000);
    level.put("novel", List.of(Map.of("threshold", 0.7, "share", share)));
    level.put("stitched", null);
    level.put("split", share);
    level.put("sameParent", share);
    level.put("contained", 0.3);
    level.put("containedByChance", 0.1);
    return level;
  }

  @Test
  void aChildSaysHowItIsTiedAndWhatThatIsWorth() {
    Page page = show("", 1280, ColorScheme.LIGHT);
    assertEquals(
        List.of(
            "4/7 small, active on 1.0% tells marina 0.40 strongest at ␣in <b>the marina another"
                + " seed: cosine 0.30, correlation 0.55, active too on 75.0%",
            "4/71 middle, active on 1.0% tells marina 0.90 strongest at ␣in <b>the marina parent:"
                + " cosine 0.30, correlation 0.81, active too on 75.0% another seed: cosine 0.30,"
                + " correlation 0.55, active too on 75.0%",
            "4/300 large, active on 1.0% ␣in <b>the marina parent: cosine 0.30, correlation 0.81,"
                + " active too on 75.0%",
            "4/72 middle, active on 1.0% ␣in <b>the marina parent: cosine 0.30, correlation 0.81,"
                + " active too on 75.0% another seed: cosine 0.30, correlation 0.55, active too on"
                + " 75.0%"),
        texts(page.locator(".node")));
    assertThat(page.locator("#trees tbody")).hasText("marina1,2340.070 (4/7)0.71 (4/71)");
    assertThat(page.locator(".forest > li > ul > li")).hasCount(3);
    assertThat(page.locator(".forest")).containsText("3 more children");
    assertEquals(
        "4.9px",
        page.evaluate("document.querySelector('.forest ul li').style.getPropertyValue('--tie')"));
  }

  /** The same size from another seed stands in the column before. */
  @Test
  void everyFigureStandsBesideAnotherSeeds() {
    Page page = show("", 1280, ColorScheme.DARK);
    assertEquals(
        List.of("Figure", "small, another seed", "small → middle", "middle → large"),
        texts(page.locator("#levels thead th")));
    assertThat(page.locator("#levels tbody tr").nth(1))
        .hasText(
            "No parent at a cosine of 0.7025.0% [20.0%, 31.0%]25.0% [20.0%, 31.0%]25.0% [20.0%,"
                + " 31.0%]");
    assertThat(page.locator("#levels tbody")).containsText("30.0%; 10.0%");
  }
}
