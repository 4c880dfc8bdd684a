package dev.loupe.web;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
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

/** The view of a circuit. */
class CircuitPageTest extends ReportPageTest {
  @Override
  Map<String, Object> report() {
    return fixture("finding/circuit.json");
  }

  private int size(String list) {
    return ((List<?>) Objects.requireNonNull(example().get(list))).size();
  }

  private Map<?, ?> example() {
    return (Map<?, ?>) Objects.requireNonNull(report().get("example"));
  }

  @Test
  void tellsTheVerdictAndShowsTheGrid() {
    Page page = show("", 1280, ColorScheme.LIGHT);
    assertThat(page.locator("header")).containsText("Part of a circuit");
    assertThat(page.locator(".circuit-grid tfoot th")).hasCount(size("tokens"));
    assertTrue(page.locator(".circuit-grid .chip").count() > 20);
    assertThat(page.locator("#curve figure")).hasCount(1);
    assertThat(page.locator("#rivals figure")).hasCount(1);
    assertThat(page.locator("#heads table").first().locator("tbody tr")).hasCount(7);
    assertThat(page.locator("#heads")).containsText("a0.1<v>");
  }

  @Test
  void aFeatureShadesWhatFeedsItAndOpensItsCard() {
    Page page = show("", 1280, ColorScheme.LIGHT);
    Map<?, ?> edge =
        ((List<?>) Objects.requireNonNull(example().get("edges")))
            .stream()
                .map(each -> (Map<?, ?>) each)
                .filter(each -> shown(page, each, "from") && shown(page, each, "to"))
                .findFirst()
                .orElseThrow();
    Locator chip = chip(page, edge, "from");
    chip.hover();
    assertThat(chip).hasAttribute("data-flow", "self");
    assertThat(chip(page, edge, "to")).hasAttribute("data-flow", "down");
    chip(page, edge, "to").hover();
    assertThat(chip).hasAttribute("data-flow", "up");
    chip.click();
    assertThat(page.locator(".card-of-feature")).containsText("switched off in the model");
    assertEquals("true", chip.getAttribute("aria-pressed"));
  }

  private static boolean shown(Page page, Map<?, ?> edge, String end) {
    return page.locator(".chip[data-member='%s']".formatted(edge.get(end))).count() > 0;
  }

  private static Locator chip(Page page, Map<?, ?> edge, String end) {
    return page.locator(".chip[data-member='%s']".formatted(edge.get(end))).first();
  }

  @Test
  void aSupernodeShowsItsMembersInTheGrid() {
    Page page = show("", 1280, ColorScheme.LIGHT);
    Locator supernode = page.locator("#supernodes .supernode").last();
    assertThat(supernode).containsText("on “17”");
    supernode.click();
    assertThat(supernode).hasAttribute("aria-pressed", "true");
    int shown = page.locator(".chip[data-flow=self]").count();
    assertTrue(shown > 1, shown + " chips");
    supernode.click();
    assertThat(page.locator(".chip[data-flow=self]")).hasCount(0);
  }

  @Test
  void theSliderLeavesFeaturesOutAndTellsTheAnswer() {
    Page page = show("", 1280, ColorScheme.LIGHT);
    assertThat(page.locator(".chip.out")).hasCount(0);
    page.locator("#grid input[type=range]").fill("3");
    assertThat(page.locator("#grid .reading")).containsText("3 of 24 features kept");
    assertTrue(page.locator(".chip.out").count() > 0);
  }

  @ParameterizedTest
  @EnumSource(
      value = ColorScheme.class,
      names = {"LIGHT", "DARK"})
  void chipsCanBeRead(ColorScheme scheme) {
    double least = leastContrast(show("", 1280, scheme), ".circuit-grid .chip");
    assertTrue(least >= 4.5, "contrast " + least);
  }
}
