package dev.loupe.web;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The view of a steered run. */
class SteerPageTest extends ReportPageTest {
  @Override
  Map<String, Object> report() {
    return fixture("finding/steer.json");
  }

  @Test
  void showsWhatWasChangedAndWhatCameOfIt() {
    Page page = show("", 1280, ColorScheme.LIGHT);
    assertThat(page.locator("h1")).containsText("The capital of France is");
    assertThat(page.locator("dl.figures")).containsText("Paris 81.2%");
    assertThat(page.locator("dl.figures")).containsText("Lyon 40.2%");
    assertThat(page.locator("dl.figures")).containsText("1.37 nats");
    assertThat(page.locator("#changes .prompt .token")).hasCount(7);
    assertEquals(
        List.of(
            "Neuron At Activation Was",
            "2/1141 ␣the (6) set to 0 3.20",
            "3/40 every position scaled by 2 −0.85"),
        texts(page.locator("#changes tr")));
    assertThat(page.locator("#continuations .same").first()).hasText("The capital of France is ");
    assertThat(page.locator("#continuations b").last()).hasText("<b>Lyon</b>.\nIt lies");
    assertThat(page.locator("#evidence .check")).hasCount(2);
  }

  /** The line end's logit falls while its probability rises: it is shown as one that rises. */
  @Test
  void coloursTellTheChangeOfProbability() {
    Page page = show("", 1280, ColorScheme.LIGHT);
    assertEquals(
        List.of(
            "␣Paris 81.2% 21.4% −59.8 −4.29",
            "␣Lyon 3.1% 40.2% +37.1 −0.40", "↵ 0.04% 0.3% +0.3 −0.91"),
        texts(page.locator("#predictions tbody tr")));
    assertEquals(
        List.of("lower", "raise", "raise"),
        page.evaluate(
            "[...document.querySelectorAll('#predictions tbody tr')].map(e => e.className)"));
    assertEquals(
        page.evaluate(
            "getComputedStyle(document.querySelectorAll('.pair .after')[2]).backgroundColor"),
        page.evaluate("getComputedStyle(document.querySelectorAll('.change')[1]).color"));
  }

  /** A change that reads 0.0 points is shown as none. */
  @Test
  void whatDoesNotChangeHasNoColour() {
    Map<String, Object> steered = new LinkedHashMap<>(report());
    steered.put(
        "predictions",
        List.of(
            Map.of(
                "id",
                7,
                "text",
                " Paris",
                "probabilityBefore",
                0.8,
                "probabilityAfter",
                0.80001,
                "logitBefore",
                12,
                "logitAfter",
                12.001)));
    Page page = show(steered, "", 1280, ColorScheme.LIGHT);
    assertThat(page.locator("#predictions .change")).hasText("0.0");
    assertThat(page.locator("#predictions .raise, #predictions .lower")).hasCount(0);
  }

  @Test
  void aWordTellsItsMeaningOnHoverAndOnFocus() {
    Page page = show("", 1280, ColorScheme.LIGHT);
    assertThat(page.locator(".meaning")).isHidden();
    page.locator("#predictions dfn").hover();
    assertThat(page.locator(".meaning")).containsText("The score that the model gives to a token");
    page.keyboard().press("Escape");
    assertThat(page.locator(".meaning")).isHidden();
    page.locator(".about dfn").focus();
    assertThat(page.locator(".meaning")).containsText("What counts as a feature");
    Object right =
        page.evaluate("document.querySelector('.meaning').getBoundingClientRect().right");
    assertTrue(((Number) right).doubleValue() <= 1280, String.valueOf(right));
  }

  @Test
  void aRunThatOverflowedHasNoNextToken() {
    Map<String, Object> steered = new LinkedHashMap<>(report());
    steered.put("predictions", List.of());
    steered.put("divergence", null);
    steered.put("continuations", null);
    Page page = show(steered, "", 1280, ColorScheme.LIGHT);
    assertThat(page.locator("#predictions")).containsText("the changed run overflowed");
    assertThat(page.locator("#continuations")).hasCount(0);
  }
}
