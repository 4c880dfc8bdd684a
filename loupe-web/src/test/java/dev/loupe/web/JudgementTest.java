package dev.loupe.web;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The band above the graph: how well a trace explains its answer. */
class JudgementTest extends Opened {
  private static Map<String, Object> testedTrace() {
    Map<String, Object> trace = new LinkedHashMap<>(smallTrace());
    trace.put("tests", fixture("trace/tests.json"));
    return trace;
  }

  @Test
  void theVerdictStandsAboveTheGraphWithItsCriteria() {
    Page page = open(testedTrace());
    assertThat(page.locator("#verdict .word")).hasText("partial");
    assertEquals(
        List.of("✓necessary", "✓specific", "–sufficient", "–followed"),
        texts(page.locator("#verdict .criteria li")).stream()
            .map(text -> text.replaceAll("^(.) ?(\\w+).*", "$1$2"))
            .toList());
    assertThat(page.locator("#verdict")).containsText("from 75% to 21%");
    assertTrue(page.locator("#verdict").boundingBox().y < page.locator("#graph").boundingBox().y);
  }

  /** A trace that follows 12% of an answer wears no green "passed" over its title. */
  @Test
  void onlyAStrongVerdictIsGreenAndArithmeticIsCountedApart() {
    Page page = open(testedTrace());
    Locator head = page.locator(".verdicts");
    assertThat(head).hasText("Explanation partialArithmetic 1 passed1 failedExplanatory 1 noted");
    String colour = "e => getComputedStyle(e).color";
    Object green =
        page.evaluate(
            "(() => { const e = document.body.appendChild(document.createElement('i'));"
                + " e.style.color = 'var(--passed)'; return getComputedStyle(e).color; })()");
    assertNotEquals(green, head.locator(".strength").evaluate(colour));
    assertNotEquals(green, head.locator(".verdict.passed").evaluate(colour));
    assertNotEquals(green, page.locator("#verdict .strength").evaluate(colour));
  }

  /**
   * Measured beside the story of a question whose world is known; nothing stands there for others.
   */
  @Test
  void aSwapWithAnotherPromptIsToldBesideTheStory() {
    Map<String, Object> trace = testedTrace();
    Map<String, Object> tests = new LinkedHashMap<>(fixture("trace/tests.json"));
    tests.put(
        "supernodes",
        List.of(
            Map.of(
                "name",
                "French",
                "members",
                List.of(2, 3),
                "layers",
                Map.of("first", 0, "last", 1),
                "influence",
                0.5,
                "effect",
                -1.5,
                "probability",
                0.25)));
    trace.put("tests", tests);
    Page without = open(trace);
    assertThat(without.locator("ul.supernodes li"))
        .hasText("French layers 0–1, 2 neurons75.0% → 25.0%");
    assertThat(without.locator("#supernodes .swap")).hasCount(0);
    String says =
        "With 7 features from Vorwick's prompt the model says “Pervale”, Vorwick's answer";
    trace.put(
        "evidence",
        List.of(
            Map.of(
                "checked", says,
                "support", "INTERVENED",
                "verdict", "NOTED",
                "note", "",
                "measured", Map.of("value", 0, "unit", ""))));
    assertThat(open(trace).locator("#supernodes .swap")).hasText(says + ".");
  }

  @Test
  void theSelectionSaysWhatAblatingTheUnitIsPredictedToDo() {
    Page page = open(testedTrace(), "open=g1&node=2");
    assertThat(page.locator("#details .facts")).containsText("if ablated−1.25 logits");
  }

  @Test
  void theCurveMarksWhatDecides() {
    Page page = open(testedTrace());
    assertThat(page.locator("#together .pointed-text")).hasText("2: “London” instead");
    assertThat(page.locator("#together .band")).hasCount(1);
    assertThat(page.locator("#together .dot.main")).hasCount(4);
    assertThat(page.locator("#together .key")).containsText("20 matched random sets");
    assertThat(page.locator("#together figcaption"))
        .containsText("first neurons 10% at 3 · random 74% at 2");
    page.locator("#together summary").click();
    assertThat(page.locator("#together tbody tr").nth(1))
        .hasText("221.0%␣London74.0% (60.0%–77.0%)0 of 20");
  }

  @Test
  void theDecidingSetIsLitInTheGraphAndGivesACommand() {
    Page page = open(testedTrace(), "open=g1");
    Locator light = page.locator("#light-set");
    assertThat(light).hasText("Show these 2 neurons in the graph");
    light.click();
    assertThat(light).hasAttribute("aria-pressed", "true");
    assertThat(page.locator(".node.lit")).hasCount(2);
    assertThat(node(page, "3")).hasClass(Pattern.compile("\\blit\\b"));
    page.locator("#groups").click();
    page.locator("#light-set").click();
    assertThat(node(page, "g:g1")).hasClass(Pattern.compile("\\blit\\b"));
    assertThat(page.locator("#together .command code"))
        .hasText("loupe steer ' of France' --model tiny --ablate 1/7@1 --ablate 0/5@1");
    light.click();
    assertThat(page.locator(".node.lit")).hasCount(0);
  }

  @Test
  void whereNoSetDecidesThePageSaysSo() {
    Map<String, Object> trace = testedTrace();
    Map<String, Object> tests = fixture("trace/tests.json");
    @SuppressWarnings("unchecked")
    Map<String, Object> sets =
        new LinkedHashMap<>((Map<String, Object>) Objects.requireNonNull(tests.get("sets")));
    sets.put("halves", null);
    sets.put("changes", null);
    sets.put("elsewhere", null);
    sets.put("necessity", List.of());
    tests.put("sets", sets);
    tests.put("verdict", Map.of("strength", "WEAK", "criteria", List.of()));
    trace.put("tests", tests);
    Page page = open(trace);
    assertThat(page.locator("#verdict .word")).hasText("weak");
    assertThat(page.locator("#together")).containsText("No set decides");
    assertThat(page.locator("#together .pointed-text")).hasCount(0);
    assertThat(page.locator("#together")).containsText("1 of them pruned from this picture");
  }

  @ParameterizedTest
  @CsvSource({"1280, LIGHT", "1280, DARK", "390, LIGHT", "390, DARK"})
  void hasNoAccessibilityFault(int width, ColorScheme scheme) throws IOException {
    Page page = open(testedTrace(), "pins=2 3&name=way&biases=1&open=g1", width, 900, scheme);
    page.locator("#light-set").click();
    for (Locator summary : page.locator("summary").all()) {
      summary.click();
    }
    picture(page, "judgement-" + width + "-" + scheme);
    assertEquals(List.of(), faults(page));
    assertFalse(scrollsSideways(page), "the page scrolls sideways");
  }
}
