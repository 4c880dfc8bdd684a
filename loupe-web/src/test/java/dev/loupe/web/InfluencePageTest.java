package dev.loupe.web;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The view of the training documents that taught a completion. */
class InfluencePageTest extends ReportPageTest {
  private static final String TEXT =
      "e => [...e.querySelectorAll('.attributed')].map(p => p.textContent)";

  @Override
  Map<String, Object> report() {
    return fixture("finding/influence.json");
  }

  private List<?> list(String name) {
    return (List<?>) Objects.requireNonNull(report().get(name));
  }

  @Test
  void documentsStandInTheOrderOfTheirInfluenceWithTheirText() {
    Page page = show("", 1280, ColorScheme.LIGHT);
    Locator documents = page.locator("#documents .documents > li");
    assertThat(documents).hasCount(8);
    assertThat(documents.first()).containsText("The profession of David Woodman is printer.");
    assertThat(documents.first().locator(".of-document b")).hasText("+168.4");
    assertThat(documents.first().locator(".label").first()).hasText("attribute");
    assertEquals(
        "The profession of David Woodman is printer.",
        ((List<?>)
                page.locator(".documents > li:has-text(\"David Woodman is printer\")")
                    .evaluate(TEXT))
            .getFirst());
  }

  @Test
  void theNeuronsThroughWhichADocumentActsStandBelowIt() {
    Page page = show("", 1280, ColorScheme.LIGHT);
    assertThat(page.locator(".through")).hasCount(2);
    Locator first = page.locator("#documents .documents > li").first().locator(".through").first();
    assertThat(first).containsText("0/37 +21.4");
    assertThat(first.locator(".lower")).hasText("1/402 −9.25");
    assertThat(first).containsText("outside of neurons +1.5");
  }

  @Test
  void theFeaturesThroughWhichADocumentActsStandBelowItWithTheError() {
    Page page = show("", 1280, ColorScheme.LIGHT);
    Locator second = page.locator("#documents .documents > li").first().locator(".through").nth(1);
    assertThat(second).containsText("0/210 +30.5");
    assertThat(second.locator(".lower")).hasText("1/77 −4.25");
    assertThat(second).containsText("error +80.5");
  }

  @Test
  void whatFlippedPhrasesLeaveStandsBesideTheDocuments() {
    Page page = show("", 1280, ColorScheme.LIGHT);
    assertThat(page.locator("#flip tbody tr")).hasCount(1);
    assertThat(page.locator("#flip")).containsText("The profession of printer is David Woodman.");
  }

  /** What the model learns at a position is to predict the next token: the colour stands there. */
  @Test
  void theColourStandsOnTheTokenThatIsPredicted() {
    Page page = show("", 1280, ColorScheme.LIGHT);
    Map<?, ?> first = (Map<?, ?>) list("positive").getFirst();
    List<?> tokens = (List<?>) Objects.requireNonNull(first.get("tokens"));
    int before = 0;
    while (!" printer".equals(((Map<?, ?>) tokens.get(before + 1)).get("text"))) {
      before++;
    }
    Number found = (Number) ((Map<?, ?>) tokens.get(before)).get("influence");
    double wanted = Objects.requireNonNull(found).doubleValue();
    Locator printer =
        page.locator(".documents > li:has-text(\"David Woodman is printer\") .unit")
            .filter(new Locator.FilterOptions().setHasText("printer"));
    printer.hover();
    assertThat(page.locator("#documents .reading")).containsText("printer: +");
    String shown = page.locator("#documents .reading").innerText().replaceAll(".*\\+", "");
    assertEquals(wanted, Double.parseDouble(shown.split(" ", 2)[0]), 0.1);
  }

  @Test
  void filtersLeaveDocumentsOutAndTheMapsFollow() {
    Page page = show("", 1280, ColorScheme.LIGHT);
    String before = page.locator("#maps tbody").innerText();
    assertThat(page.locator("#maps tbody tr")).hasCount(list("maps").size());
    page.locator("button:has-text('less likely')").click();
    assertThat(page.locator(".documents > li")).hasCount(8);
    assertThat(page.locator(".documents > li.raise")).hasCount(0);
    assertNotEquals(before, page.locator("#maps tbody").innerText());
    page.locator("[aria-label=Label] button:has-text('birthday')").click();
    assertThat(page.locator(".documents > li.note")).hasCount(1);
    page.locator("button:text-is('both')").click();
    assertThat(page.locator(".documents > li")).hasCount(1);
    assertEquals("true", page.locator("button:has-text('birthday')").getAttribute("aria-pressed"));
  }

  @Test
  void kindsOfAllDocumentsAreSummedUp() {
    Page page = show("", 1280, ColorScheme.LIGHT);
    assertThat(page.locator("#labels tbody tr").first()).containsText("608");
    assertThat(page.locator("#labels")).containsText("2,915 documents");
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
