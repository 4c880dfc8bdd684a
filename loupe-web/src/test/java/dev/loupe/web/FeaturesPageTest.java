package dev.loupe.web;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The view of features. */
class FeaturesPageTest extends ReportPageTest {
  @Override
  Map<String, Object> report() {
    return features();
  }

  private static Map<String, Object> example(String peak, double activation) {
    return Map.of(
        "tokens",
        List.of(" the", " rival", " of", peak, " is", "\n"),
        "tokens_acts_list",
        List.of(0, 0.2 * activation, 0, activation, 0.1 * activation, 0),
        "train_token_ind",
        3);
  }

  private static Map<String, Object> feature(int index, Map<String, Object> label) {
    List<Object> top = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      top.add(example(" <b>" + i, 4 - 0.1 * i));
    }
    Map<String, Object> feature = new LinkedHashMap<>();
    feature.put("layer", 2);
    feature.put("index", index);
    feature.put("act_min", -0.2);
    feature.put("act_max", 4);
    feature.put("activation_frequency", 0.0123);
    feature.put("histogram", List.of(900, 40, 0, 3));
    feature.put("histogram_edges", List.of(0.5, 1, 2, 4, 8));
    feature.put(
        "examples_quantiles",
        List.of(
            Map.of("quantile_name", "Top activations", "examples", top),
            Map.of(
                "quantile_name",
                "Bottom activations",
                "examples",
                List.of(example(" low", -0.2)))));
    feature.put("mean", 0.01);
    feature.put("active", 943);
    feature.put("label", label);
    feature.put("promoted", List.of(Map.of("text", " Celtics", "effect", 1.5)));
    feature.put("suppressed", List.of(Map.of("text", " 7", "effect", -0.5)));
    feature.put(
        "nearest",
        List.of(
            Map.of("layer", 2, "index", 9, "cosine", 0.7, "label", label),
            Map.of("layer", 3, "index", 1, "cosine", -0.1)));
    feature.put("neurons", List.of(Map.of("neuron", 17, "correlation", 0.8)));
    feature.put(
        "evidence",
        List.of(
            Map.of(
                "checked",
                "The strongest example is what the index says",
                "support",
                "OBSERVED",
                "measured",
                Map.of("value", 1e-6, "unit", "relative gap"),
                "tolerance",
                0.001,
                "verdict",
                "PASSED",
                "note",
                "")));
    feature.put("caveats", List.of("The token that begins a text is left out."));
    return feature;
  }

  private static Map<String, Object> features() {
    Map<String, Object> rule =
        Map.of("text", "fires on “rival”", "source", "heuristic", "heuristic", true);
    Map<String, Object> judged =
        Map.of(
            "text",
            "names of rivals",
            "source",
            "judge-7b",
            "heuristic",
            false,
            "detection",
            Map.of("value", 0.9, "low", 0.7, "high", 0.97),
            "fuzzing",
            Map.of("value", 0.8, "low", 0.58, "high", 0.92));
    return Map.of(
        "schema",
        "loupe.features/1",
        "model",
        Map.of("name", "tiny", "layers", 4),
        "basis",
        "neurons",
        "tokens",
        100_000,
        "index",
        Map.of("corpus", "1 files of 3 bytes"),
        "features",
        List.of(feature(7, rule), feature(9, judged)));
  }

  @Test
  void showsExamplesEffectsAndRelatives() {
    Page page = show("", 1280, ColorScheme.LIGHT);
    assertThat(page.locator("h1")).hasText("fires on “rival”");
    assertThat(page.locator(".origin")).hasText("label by rule, not by a model");
    assertThat(page.locator(".about")).containsText("Neuron 2/7 · tiny · read on 100,000 tokens");
    assertThat(page.locator("dl.figures")).containsText("1.2%");
    assertThat(page.locator("dl.figures")).containsText("−0.20");
    assertThat(page.locator(".concordance li")).hasCount(8 + 1);
    assertThat(page.locator(".concordance li").first()).containsText("the rival of <b>0 is↵");
    assertThat(page.locator("#effects .raise li")).hasText("␣Celtics+1.50");
    assertThat(page.locator("#effects .lower li")).hasText("␣7−0.50");
    assertThat(page.locator("#histogram .column")).hasCount(4);
    assertThat(page.locator("#nearest li")).hasCount(2);
    assertThat(page.locator("#neurons li")).hasText("2/170.80");
    assertThat(page.locator("#evidence .check")).hasCount(1);
    page.locator(".group .quiet").click();
    assertThat(page.locator(".concordance li")).hasCount(12 + 1);
  }

  @ParameterizedTest
  @EnumSource(
      value = ColorScheme.class,
      names = {"LIGHT", "DARK"})
  void tokensCanBeReadOnTheDeepestGround(ColorScheme scheme) {
    double least = leastContrast(show("", 1280, scheme), ".concordance .at");
    assertTrue(least >= 4.5, "contrast " + least);
  }

  /** Pages are files that know nothing of each other: what leads on is a command. */
  @Test
  void commandsLeadToTracesOfItsExamples() {
    Page page = show("", 1280, ColorScheme.LIGHT);
    assertThat(page.locator("#elsewhere code").first())
        .hasText("loupe trace 'the rival of <b>0' --model tiny --html trace.html");
    assertThat(page.locator("#elsewhere code").last())
        .hasText("loupe steer 'the rival of <b>0' --ablate 2/7 --model tiny --html steer.html");
    page.locator("#elsewhere button").first().click();
    assertThat(page.locator("#elsewhere button").first()).hasText(Pattern.compile("Copied|Marked"));
  }

  @Test
  void thePeaksOfAllLinesStandInOneColumn() {
    Page page = show("", 1280, ColorScheme.LIGHT);
    Object columns =
        page.evaluate(
            "new Set([...document.querySelectorAll('.peak')].map(e => Math.round(e.getBoundingClientRect().left))).size");
    assertEquals(1, columns);
  }

  @Test
  void strongerTokensHaveADeeperGround() {
    Page page = show("", 1280, ColorScheme.LIGHT);
    Object strengths =
        page.evaluate(
            "[...document.querySelector('.concordance li').querySelectorAll('.at')].map(e => e.style.getPropertyValue('--strength')).join()");
    assertEquals(",20%,,100%,10%,", strengths);
  }

  @Test
  void theAddressChoosesTheFeature() {
    Page page = show("2/9", 1280, ColorScheme.LIGHT);
    assertThat(page.locator("h1")).hasText("names of rivals");
    assertThat(page.locator(".origin"))
        .hasText(
            "label by judge-7b · detection 90.0% [70.0%, 97.0%] · fuzzing 80.0% [58.0%, 92.0%]");
    page.locator(".choice a").first().click();
    assertThat(page.locator("h1")).hasText("fires on “rival”");
    page.locator("#nearest a").click();
    assertThat(page.locator("h1")).hasText("names of rivals");
    assertTrue(page.url().endsWith("#2/9"), page.url());
  }
}
