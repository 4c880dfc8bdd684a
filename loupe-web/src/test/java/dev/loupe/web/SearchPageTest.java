package dev.loupe.web;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The view of a search for features. */
class SearchPageTest extends ReportPageTest {
  @Override
  Map<String, Object> report() {
    return found(
        Map.of(
            "tokens",
            List.of("The", " <b>capital", " of", " Rostavia"),
            "features",
            List.of(fired(1, 3, 0.9), fired(2, 1, 0.5), fired(3, 3, 0.2))));
  }

  private static Map<String, Object> found(Map<String, Object> answer) {
    Map<String, Object> found = new LinkedHashMap<>(fixture("finding/steer.json"));
    found.keySet().retainAll(List.of("evidence", "caveats", "provenance"));
    found.put("schema", "loupe.features-search/1");
    found.put("question", "Which features fire on this text?");
    found.putAll(answer);
    return found;
  }

  private static Map<String, Object> fired(int feature, int position, double score) {
    return Map.of(
        "id",
        Map.of("layer", 2, "feature", feature),
        "activation",
        3.5,
        "position",
        position,
        "share",
        0.5,
        "frequency",
        0.01,
        "score",
        score,
        "label",
        feature == 3 ? "" : "fires on <i>countries</i>");
  }

  @Test
  void tokensAndFeaturesLeadToEachOther() {
    Page page = show("", 1280, ColorScheme.LIGHT);
    assertThat(page.locator(".word")).hasCount(4);
    assertThat(page.locator("#found tbody tr")).hasCount(3);
    assertThat(page.locator("#found tbody tr").first())
        .hasText("2/1fires on <i>countries</i>␣Rostavia3.5050.0%1.0%0.90");
    page.locator("#found tbody tr").nth(1).hover();
    assertThat(page.locator(".word.lit")).hasText("␣<b>capital");
    assertThat(page.locator(".word").first()).isDisabled();
    page.locator(".word").last().click();
    assertThat(page.locator("#found tbody tr")).hasCount(2);
    page.locator(".word").last().press("Enter");
    assertThat(page.locator("#found tbody tr")).hasCount(3);
  }

  @Test
  void aTokenHasThoseThatPeakOnItAndThoseThatRaiseIt() {
    Map<String, Object> one =
        Map.of(
            "id",
            Map.of("layer", 2, "feature", 7),
            "peaks",
            0.75,
            "effect",
            -1.5,
            "frequency",
            0.01,
            "label",
            "");
    Page page =
        show(
            found(Map.of("token", " Paris", "firing", List.of(one), "promoting", List.of())),
            "",
            1280,
            ColorScheme.LIGHT);
    assertEquals(List.of("2/7 – 75.0% −1.50 1.0%"), texts(page.locator("#firing tbody tr")));
    assertThat(page.locator("#firing h2")).containsText("␣Paris");
    assertThat(page.locator("#promoting")).containsText("None in the index.");
  }
}
