package dev.loupe.web;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The view of the greater-than study. */
class GreaterThanPageTest extends ReportPageTest {
  @Override
  Map<String, Object> report() {
    return study();
  }

  private static final String BAND = "works for a band of YY";
  private static final String AGAINST = "works against the task";

  private static Map<String, Object> mean(double value) {
    return Map.of("value", value, "low", value - 0.01, "high", value + 0.01);
  }

  /** Raises years after YY, or lowers them. */
  private static Map<String, Object> feature(int number, String kind, int sign) {
    List<List<Integer>> rows =
        IntStream.rangeClosed(2, 98)
            .mapToObj(year ->
                IntStream.range(0, 100).mapToObj(end -> sign * (end > year ? 999 : -500)).toList())
            .toList();
    Map<String, Object> feature = new LinkedHashMap<>();
    feature.put("layer", 1);
    feature.put("feature", number);
    feature.put("strength", 1.0 / number);
    feature.put("active", 0.5);
    feature.put("contrast", 0.3 * sign);
    feature.put("class", kind);
    feature.put(
        "criteria",
        Map.of(
            "task",
            0.9 * sign,
            "parity",
            0.01,
            "fives",
            0.02,
            "constant",
            0.1,
            "rise",
            0.2,
            "bandFrom",
            20,
            "bandTo",
            44));
    feature.put("activations", IntStream.rangeClosed(2, 98).mapToObj(year -> year / 10.0).toList());
    feature.put("map", Map.of("step", 0.001, "rows", rows));
    feature.put(
        "examples",
        List.of(
            Map.of(
                "text",
                "The <b>war</b> lasted from the year 1742 to the year 17",
                "year",
                42,
                "activation",
                3.5)));
    return feature;
  }

  private static Map<String, Object> ablation(String group, int size, double fall) {
    return Map.of(
        "group", group,
        "size", size,
        "difference", mean(0.9 - fall),
        "sharpness", mean(0.05),
        "fall", mean(fall),
        "randomFall", mean(0.002),
        "draws", List.of(0.001, 0.003),
        "excess", mean(fall - 0.002));
  }

  private static Map<String, Object> component(int layer, int head, double change) {
    Map<String, Object> component = new LinkedHashMap<>();
    component.put("name", head < 0 ? "MLP " + layer : layer + "." + head);
    component.put("layer", layer);
    if (head >= 0) {
      component.put("head", head);
    }
    component.put("all", mean(change));
    component.put("throughMlps", mean(change / 2));
    component.put("direct", mean(change / 4));
    return component;
  }

  private static Map<String, Object> study() {
    List<Object> components = new ArrayList<>();
    for (int layer = 0; layer < 2; layer++) {
      for (int head = -1; head < 3; head++) {
        components.add(component(layer, head, -0.1 * layer + 0.02 * head));
      }
    }
    Map<String, Object> study = new LinkedHashMap<>();
    study.put("schema", "loupe.greater-than/1");
    study.put("model", "tiny<b>");
    study.put("basis", "neurons");
    study.put("layers", 2);
    study.put("heads", 3);
    study.put("source", "a test");
    study.put("prompts", 97);
    study.put("example", "The war lasted from the year 1742 to the year 17");
    study.put("tested", 97);
    study.put("dummy", 1);
    study.put(
        "behaviour",
        Map.of(
            "difference", mean(0.95),
            "sharpness", mean(0.05),
            "years",
                IntStream.rangeClosed(2, 98)
                    .mapToObj(year -> Map.of("year", year, "difference", mean(0.9)))
                    .toList()));
    study.put("everActive", 512);
    study.put("columns", IntStream.range(0, 100).boxed().toList());
    study.put(
        "classes",
        List.of(
            Map.of("name", AGAINST, "criterion", "task correlation of at most -0.3"),
            Map.of("name", BAND, "criterion", "0.8 within 48"),
            Map.of("name", "parity or contrast", "criterion", "at least 0.25")));
    study.put(
        "features", List.of(feature(3, BAND, 1), feature(4, AGAINST, -1), feature(5, BAND, 1)));
    study.put("components", components);
    study.put(
        "ablations",
        List.of(ablation("top 10", 10, 0.1), ablation("top 20", 20, 0.2), ablation(BAND, 2, 0.05)));
    study.put(
        "evidence",
        List.of(
            Map.of(
                "checked", "A feature taken away changes the logits by its attribution",
                "support", "INTERVENED",
                "measured", Map.of("value", 1e-6, "unit", "relative gap"),
                "tolerance", 0.0001,
                "verdict", "PASSED",
                "note", "")));
    study.put("caveats", List.of("Attributions hold attention patterns."));
    return study;
  }

  @Test
  void showsBehaviourFeaturesGroupsAndParts() {
    Page page = show("", 1280, ColorScheme.LIGHT);
    assertThat(page.locator("h1"))
        .hasText("Without the 20 strongest of 512 active features .950 falls to .700");
    assertThat(page.locator(".about")).containsText("tiny<b>");
    assertThat(page.locator("#curve .line")).hasCount(2);
    assertThat(page.locator("#curve .dot.main")).hasCount(3);
    assertThat(page.locator("#behaviour .break")).hasCount(1);
    assertThat(page.locator("#curve .break")).hasCount(0);
    assertThat(page.locator("dl.figures").first()).containsText("0.950 [0.940, 0.960]");
    assertThat(page.locator("dl.figures").first()).containsText("0.200 [0.190, 0.210]");
    assertThat(page.locator(".wall .card")).hasCount(3);
    assertThat(page.locator("#groups tbody tr")).hasCount(3);
    assertThat(page.locator("#groups .dot")).hasCount(6);
    assertThat(page.locator("#groups .draw")).hasCount(6);
    assertThat(page.locator("#components tbody tr")).hasCount(8);
    assertThat(page.locator("#components rect")).hasCount(8);
    assertThat(page.locator("#evidence .check")).hasCount(1);
    assertThat(page.locator("#chosen h2")).hasText("Neuron 1/3");
    assertThat(page.locator("#chosen .fires")).containsText("<b>war</b>");
  }

  @Test
  void theAddressChoosesTheFeature() {
    Page page = show("1/4", 1280, ColorScheme.LIGHT);
    assertThat(page.locator("#chosen h2")).hasText("Neuron 1/4");
    assertThat(page.locator("#chosen .kind")).containsText(AGAINST);
    page.locator(".wall .card").nth(2).click();
    assertThat(page.locator("#chosen h2")).hasText("Neuron 1/5");
    assertThat(page.locator(".card[aria-pressed=true]")).hasCount(1);
    assertTrue(page.url().endsWith("#1/5"), page.url());
  }

  /** Features carry the year only if most of the difference goes without them. */
  @Test
  void theTitleIsTheFinding() {
    Map<String, Object> study = new LinkedHashMap<>(study());
    study.put("ablations", List.of(ablation("top 160", 160, 0.893)));
    Page page = show(study, "", 1280, ColorScheme.LIGHT);
    assertThat(page.locator("h1"))
        .hasText("160 of 512 active features carry the year: without them .950 falls to .007");
  }

  /** The wall is one stop of the Tab key. */
  @Test
  void arrowsGoFromCardToCard() {
    Page page = show("", 1280, ColorScheme.LIGHT);
    assertThat(page.locator(".card[tabindex='0']")).hasCount(1);
    page.locator(".card[tabindex='0']").focus();
    page.keyboard().press("ArrowRight");
    assertThat(page.locator(".card").nth(1)).isFocused();
    page.keyboard().press("End");
    assertThat(page.locator(".card").last()).isFocused();
    page.keyboard().press("Enter");
    assertThat(page.locator("#chosen h2")).hasText("Neuron 1/5");
    page.keyboard().press("Home");
    assertThat(page.locator(".card").first()).isFocused();
    assertThat(page.locator(".card[tabindex='0']")).hasCount(1);
  }

  @Test
  void aClassShowsItsFeaturesOnly() {
    Page page = show("", 1280, ColorScheme.LIGHT);
    page.locator("[data-class='" + BAND + "']").click();
    assertThat(page.locator(".wall .card")).hasCount(2);
    assertThat(page.locator("[data-class='parity or contrast']")).isDisabled();
    page.locator("[data-order='most against it']").click();
    page.locator("[data-class='']").click();
    assertThat(page.locator(".wall .card b").first()).hasText("1/4");
  }

  @Test
  void everyPlotHasItsTable() {
    Page page = show("", 1280, ColorScheme.LIGHT);
    page.locator("#behaviour summary").click();
    assertThat(page.locator("#behaviour tbody tr")).hasCount(97);
    page.locator("#features summary").last().click();
    assertThat(page.locator("#features tbody tr")).hasCount(3);
    page.locator("#chosen summary").click();
    assertThat(page.locator("#chosen tbody tr")).hasCount(97);
    assertThat(page.locator("#chosen tbody tr").first().locator("td").nth(50)).hasText("1.00");
    assertThat(page.locator("#chosen tbody tr").last().locator("td").nth(50)).hasText("−0.50");
  }

  /** Blue on one side of the diagonal, vermillion on the other; the other theme has its own. */
  @Test
  void signsHaveTheirColoursInBothThemes() {
    Page page = show("", 1280, ColorScheme.LIGHT);
    List<Integer> raised = pixel(page, 90, 10);
    List<Integer> lowered = pixel(page, 10, 90);
    assertTrue(raised.get(2) > raised.get(0) + 50, "blue " + raised);
    assertTrue(lowered.get(0) > lowered.get(2) + 50, "vermillion " + lowered);
    page.locator(".theme").click();
    page.waitForTimeout(100);
    List<Integer> dark = pixel(page, 90, 10);
    assertNotEquals(raised, dark);
    assertTrue(dark.get(2) > dark.get(0) + 50, "blue " + dark);
  }

  @SuppressWarnings("unchecked")
  private static List<Integer> pixel(Page page, int column, int row) {
    return (List<Integer>)
        page.evaluate(
            "[...document.querySelector('.large canvas').getContext('2d').getImageData(%d, %d, 1, 1).data.slice(0, 3)]"
                .formatted(column, row));
  }

  @Test
  void thePointerReadsTheMap() {
    Page page = show("", 1280, ColorScheme.LIGHT);
    page.locator(".large canvas").hover();
    assertThat(page.locator("#chosen .reading").first()).containsText("YY");
    assertThat(page.locator("#chosen .reading").first()).containsText("ZZ");
  }

  @Test
  void pathsCanBeChosen() {
    Page page = show("", 1280, ColorScheme.LIGHT);
    assertThat(page.locator("#components g title").nth(4)).hasText("MLP 1: −0.12");
    page.locator("[data-path=direct]").click();
    assertThat(page.locator("#components g title").nth(4)).hasText("MLP 1: −0.030");
  }
}
