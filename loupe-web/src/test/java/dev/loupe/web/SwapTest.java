package dev.loupe.web;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which features of another prompt give its answer. */
class SwapTest extends Opened {
  private static Map<String, Object> swapped(@Nullable Integer needed, String top) {
    Map<String, Object> steered = new LinkedHashMap<>(fixture("finding/steer.json"));
    Map<String, Object> swap = new LinkedHashMap<>();
    swap.put("position", 6);
    swap.put("answer", " Paris");
    swap.put("other", " Lyon");
    swap.put("candidates", 48);
    swap.put("needed", needed);
    swap.put("taken", 4);
    swap.put(
        "curve",
        List.of(
            point(0, 0.81, 0.03, " Paris"),
            point(2, 0.5, 0.2, " Paris"),
            point(4, 0.2, 0.6, top),
            point(8, 0.1, 0.7, top)));
    swap.put("randomSets", 20);
    swap.put("randomArrived", 1);
    swap.put("randomProbability", 0.04);
    swap.put(
        "removal",
        Map.of(
            "needed",
            3,
            "features",
            3,
            "own",
            0.07,
            "top",
            " Nice",
            "randomSets",
            20,
            "randomChanged",
            2,
            "randomOwn",
            0.79));
    steered.put("swap", swap);
    return steered;
  }

  private static Map<String, Object> point(int features, double own, double other, String top) {
    return Map.of("features", features, "own", own, "other", other, "top", top);
  }

  private Page show(Map<String, Object> steered, int width, ColorScheme scheme) {
    return openPage(Browser.html(steered), "", width, 900, scheme);
  }

  @Test
  void theCurveTellsHowManyItTakes() {
    Page page = show(swapped(4, " Lyon"), 1280, ColorScheme.LIGHT);
    assertThat(page.locator("#swap .outcome"))
        .hasText("4 neurons of 48 at position 6 turn ␣Paris into ␣Lyon.");
    assertThat(page.locator("#swap .pointed-text")).hasText("4: “Lyon” instead");
    assertThat(page.locator("#swap .dot")).hasCount(8);
    assertThat(page.locator("#swap .note").first()).containsText("1 of 20 give the other answer");
    assertThat(page.locator("#swap .note").first()).containsText("4.0% on average");
    assertThat(page.locator("#swap .note").last())
        .hasText(
            "Without the first 3 neurons of the candidates that are active in this prompt (set to 0), ␣Paris has 7.0% and the model says ␣Nice. Without as many random others of the same layers 2 of 20 times it says something else, and ␣Paris has 79.0% on average.");
    page.locator("#swap summary").click();
    assertThat(page.locator("#swap tbody tr").nth(2)).hasText("420.0%60.0%␣Lyon");
  }

  @Test
  void whatDoesNotArriveSaysWhatTheModelSays() {
    Page page = show(swapped(null, " Nice"), 1280, ColorScheme.LIGHT);
    assertThat(page.locator("#swap .outcome"))
        .hasText("4 neurons at position 6 do not turn ␣Paris into ␣Lyon: the model says “Nice”.");
    assertThat(page.locator("#swap .pointed-text")).hasCount(0);
  }

  @ParameterizedTest
  @CsvSource({"1280, LIGHT", "390, DARK"})
  void hasNoAccessibilityFault(int width, ColorScheme scheme) throws IOException {
    Page page = show(swapped(4, " Lyon"), width, scheme);
    page.locator("#swap summary").click();
    picture(page, "swap-" + width + "-" + scheme);
    assertEquals(List.of(), faults(page));
    assertEquals(false, scrollsSideways(page));
  }
}
