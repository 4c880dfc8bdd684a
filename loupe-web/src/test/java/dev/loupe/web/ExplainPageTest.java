package dev.loupe.web;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The view of an explanation. */
class ExplainPageTest extends ReportPageTest {
  @Override
  Map<String, Object> report() {
    return fixture("finding/explain.json");
  }

  private Page show() {
    return show("", 1280, ColorScheme.LIGHT);
  }

  private static Locator unit(Page page, String text) {
    return page.locator(".attributed .unit")
        .filter(new Locator.FilterOptions().setHasText(text))
        .last();
  }

  private static Object share(Locator unit) {
    return unit.evaluate("e => e.style.getPropertyValue('--share')");
  }

  /** Every character of the prompt stands there once, markup as text. */
  @Test
  void thePromptStandsThereWhole() {
    Page page = show();
    Object text =
        page.locator(".attributed")
            .evaluate(
                "e => { const copy = e.cloneNode(true); copy.querySelectorAll('small,"
                    + " .fold').forEach(n => n.remove()); return copy.textContent; }");
    assertEquals(report().get("text"), text);
    assertThat(page.locator(".attributed .fixed")).hasText("Where are the keys?");
  }

  @Test
  void colourSignAndNumberTellTheScore() {
    Page page = show();
    Locator against = unit(page, "Ada packed her bag.");
    assertThat(against).hasClass("unit lower");
    assertThat(against.locator("small")).hasText("−0.21");
    assertEquals("8.8%", share(against));
    Locator strongest = unit(page, "<b>kitchen</b>");
    assertThat(strongest).hasClass("unit raise deep");
    assertThat(strongest.locator("small")).hasText("+1.90");
    assertEquals("100.0%", share(strongest));
    assertThat(unit(page, "table.").locator("small")).hasText("+1.10");
    assertThat(page.locator(".attributed small:not(.spoken)")).hasCount(4);
    page.locator("text=All numbers").click();
    assertThat(page.locator(".attributed small.spoken")).hasCount(0);
  }

  @Test
  void aUnitOpensToItsPartsAndFolds() {
    Page page = show();
    assertThat(page.locator(".opened")).hasCount(1);
    assertThat(page.locator(".opened .unit")).hasCount(8);
    page.locator("text=Fold all").click();
    assertThat(page.locator(".opened")).hasCount(0);
    Locator sentence = unit(page, "She put her keys");
    assertThat(sentence).hasAttribute("aria-expanded", "false");
    sentence.focus();
    page.keyboard().press("Enter");
    assertThat(page.locator(".opened .unit")).hasCount(8);
    assertThat(page.locator(".fold")).isFocused();
    page.keyboard().press(" ");
    assertThat(page.locator(".opened")).hasCount(0);
    page.locator("text=Open all").click();
    assertThat(page.locator(".opened")).hasCount(1);
  }

  @Test
  void arrowsGoFromUnitToUnit() {
    Page page = show();
    assertThat(page.locator(".attributed [tabindex='0']")).hasCount(1);
    unit(page, "keys").focus();
    page.keyboard().press("ArrowRight");
    assertThat(unit(page, "on")).isFocused();
    assertThat(page.locator("#prompt .reading")).containsText("“on” speaks against the answer");
  }

  @Test
  void aPointedUnitIsReadWithWhatStoodInItsPlace() {
    Page page = show();
    unit(page, "<b>kitchen</b>").hover();
    assertThat(page.locator("#prompt .reading"))
        .hasText(
            "“<b>kitchen</b>” supports the answer: +1.90, 100% of the strongest word; “old” stood"
                + " in its place.");
    unit(page, "her").hover();
    assertThat(page.locator("#prompt .reading")).containsText("the model expects the same there");
    unit(page, "table.").click();
    page.mouse().move(0, 0);
    assertThat(page.locator("#prompt .reading")).containsText("“table.”");
  }

  @Test
  void aTokenOfTheAnswerRecoloursThePrompt() {
    Page page = show();
    assertThat(page.locator("#prompt .choices [aria-pressed='true']").first()).hasText("whole");
    page.locator("#prompt .choices button").nth(1).click();
    assertThat(unit(page, "<b>kitchen</b>").locator("small")).hasText("+2.66");
    assertThat(page.locator(".fold")).containsText("+3.10");
    // No score by token: no number is made up.
    assertThat(unit(page, "مرحبا").locator("small")).hasText("–");
    assertThat(page.locator(".by-token tbody tr")).hasCount(8);
    assertThat(page.locator(".by-token thead th").first()).hasText("␣On");
  }

  @Test
  void unitsAreRankedByLevel() {
    Page page = show();
    assertEquals(
        "<b>kitchen</b> +1.90 old",
        texts(page.locator("#units tbody tr")).getFirst().replace("\t", " "));
    assertThat(page.locator("#units tbody tr.lower")).hasCount(1);
    page.locator("#units .choices button").last().click();
    assertThat(page.locator("#units tbody tr")).hasCount(3);
    assertThat(page.locator("#removal .dot.main")).hasCount(6);
  }

  @ParameterizedTest
  @EnumSource(
      value = ColorScheme.class,
      names = {"LIGHT", "DARK"})
  void textCanBeReadOnEveryGround(ColorScheme scheme) {
    Page page = show("", 1280, scheme);
    for (String grounds : List.of(".attributed .unit", ".by-token td.numeric")) {
      double least = leastContrast(page, grounds);
      assertTrue(least >= 4.5, grounds + ": contrast " + least);
    }
  }
}
