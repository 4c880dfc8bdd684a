package dev.loupe.web;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The view of one task's circuits in three models. */
class CircuitComparePageTest extends ReportPageTest {
  @Override
  Map<String, Object> report() {
    return fixture("finding/circuit-compare.json");
  }

  private List<?> list(String name) {
    return (List<?>) Objects.requireNonNull(report().get(name));
  }

  @Test
  void circuitsStandSideBySideWithTheirVerdicts() {
    Page page = show("", 1280, ColorScheme.LIGHT);
    assertThat(page.locator("#circuits .columns > section")).hasCount(list("models").size());
    for (int i = 0; i < list("models").size(); i++) {
      Map<?, ?> model = (Map<?, ?>) Objects.requireNonNull(list("models").get(i));
      Locator column = page.locator("#circuits .columns > section").nth(i);
      assertThat(column.locator("h3")).hasText(String.valueOf(model.get("model")));
      assertThat(column.locator(".part.own"))
          .hasCount(((List<?>) Objects.requireNonNull(model.get("nodes"))).size());
    }
    assertThat(page.locator("header")).containsText("partly the same, in heads and MLPs");
    assertThat(page.locator("#beside figure")).hasCount(2);
    assertThat(page.locator("#features figure")).hasCount(1);
    assertThat(page.locator("#partners table")).hasCount(list("comparisons").size());
  }

  @Test
  void pointingAtAPartMarksItsPartners() {
    Page page = show("", 1280, ColorScheme.LIGHT);
    Map<?, ?> comparison = (Map<?, ?>) Objects.requireNonNull(list("comparisons").getFirst());
    Map<?, ?> pair =
        (Map<?, ?>) ((List<?>) Objects.requireNonNull(comparison.get("partners"))).getFirst();
    Locator one = part(page, 0, pair, "first");
    Locator other = part(page, 1, pair, "second");
    assertThat(one).containsText("◆");
    one.hover();
    assertThat(one).hasAttribute("data-flow", "self");
    assertThat(other).hasAttribute("data-flow", "partner");
    other.focus();
    assertThat(one).hasAttribute("data-flow", "partner");
    assertEquals(1, page.locator(".part[data-flow=self]").count());
  }

  private static Locator part(Page page, int model, Map<?, ?> pair, String side) {
    Map<?, ?> node = (Map<?, ?>) Objects.requireNonNull(pair.get(side));
    Object name = Objects.requireNonNull(node.get("name"));
    return page.locator("[data-part='%d:%s']".formatted(model, name));
  }

  @Test
  void withoutFeaturesThePanelsAreLeftOut() {
    Map<String, Object> alone = new LinkedHashMap<>(report());
    alone.put("features", null);
    Page page = show(alone, "", 1280, ColorScheme.LIGHT);
    assertThat(page.locator("#features")).hasCount(0);
    assertThat(page.locator("#circuits")).hasCount(1);
  }

  @ParameterizedTest
  @EnumSource(
      value = ColorScheme.class,
      names = {"LIGHT", "DARK"})
  void partsCanBeRead(ColorScheme scheme) {
    double least = leastContrast(show("", 1280, scheme), ".parts .part");
    assertTrue(least >= 4.5, "contrast " + least);
  }
}
