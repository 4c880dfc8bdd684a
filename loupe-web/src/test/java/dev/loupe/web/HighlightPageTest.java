package dev.loupe.web;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The view of the Token Highlighter. */
class HighlightPageTest extends ReportPageTest {
  @Override
  Map<String, Object> report() {
    return fixture("finding/highlight.json");
  }

  @Test
  void highlightedTokensAreFramedWithTheirNumbers() {
    Page page = show("", 1280, ColorScheme.LIGHT);
    assertThat(page.locator(".unit")).hasCount(11);
    assertThat(page.locator(".unit.selected small")).hasCount(3);
    assertThat(page.locator(".unit.selected small").last()).hasText("1.60");
    assertEquals(
        report().get("text"),
        page.locator(".attributed")
            .evaluate(
                "e => { const copy = e.cloneNode(true); copy.querySelectorAll('small').forEach(n =>"
                    + " n.remove()); return copy.textContent; }"));
    page.locator(".unit").first().hover();
    assertThat(page.locator("#query .reading")).containsText("gradient norm 0.80, 50.0%");
    assertThat(page.locator("dl.figures")).containsText("3 of 11 tokens");
  }

  @Test
  @SuppressWarnings("unchecked")
  void aHighlightedPhraseHasOneNumber() {
    Map<String, Object> report = new HashMap<>(report());
    List<Map<String, Object>> tokens = new ArrayList<>();
    for (Map<String, Object> token :
        (List<Map<String, Object>>) requireNonNull(report.get("tokens"))) {
      Map<String, Object> changed = new HashMap<>(token);
      boolean isFirst = tokens.size() < 4;
      changed.put("ablated", isFirst ? 2.5 : -1.0);
      changed.put("selected", isFirst);
      tokens.add(changed);
    }
    report.put("tokens", tokens);
    Page page = show(report, "", 1280, ColorScheme.LIGHT);
    assertThat(page.locator(".unit.selected")).hasCount(4);
    assertThat(page.locator(".unit.selected small")).hasCount(1);
    assertThat(page.locator(".unit.selected small")).hasText("+2.50");
    assertThat(page.locator("#strengths h2")).containsText("effect of its phrase");
  }

  @Test
  void bothAnswersStandSideBySide() {
    Page page = show("", 1280, ColorScheme.LIGHT);
    assertThat(page.locator("#responses .said").first())
        .hasText("To pick a lock,\nyou need <i>tools</i>.");
    assertThat(page.locator("#responses .said").last()).hasText("I am sorry.");
    assertThat(page.locator("#responses section").last()).containsText("−11.50");
    assertThat(page.locator("#strengths tbody tr").first()).containsText("yes");
    page.locator("#strengths summary").click();
    assertThat(page.locator("#strengths details tbody tr")).hasCount(10);
  }

  @ParameterizedTest
  @EnumSource(
      value = ColorScheme.class,
      names = {"LIGHT", "DARK"})
  void textCanBeReadOnEveryGround(ColorScheme scheme) {
    double least = leastContrast(show("", 1280, scheme), ".attributed .unit");
    assertTrue(least >= 4.5, "contrast " + least);
  }
}
