package dev.loupe.web;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** A finding without a view of its own: question, answer as tables, evidence and provenance. */
class FindingPageTest extends ReportPageTest {
  @Override
  Map<String, Object> report() {
    Map<String, Object> finding = new LinkedHashMap<>(fixture("finding/steer.json"));
    finding.put("schema", "loupe.unknown/1");
    return finding;
  }

  private Page show(Map<String, Object> more) {
    Map<String, Object> finding = new LinkedHashMap<>(report());
    finding.putAll(more);
    return show(finding, "", 1280, ColorScheme.LIGHT);
  }

  /** Any schema will do, and any version; what is no finding is told. */
  @Override
  @Test
  void anotherVersionOfItsSchemaIsTold() {
    assertThat(show(Map.of("schema", "loupe.other/7")).locator(".brand span")).hasText("other");
    Page page = show(Map.of("schema", "loupe.another/1"), "", 1280, ColorScheme.LIGHT);
    assertThat(page.locator(".failure")).containsText("loupe.another/1");
  }

  @Test
  void tellsQuestionAnswerEvidenceAndProvenance() {
    Page page = show("", 1280, ColorScheme.LIGHT);
    assertThat(page.locator("h1")).containsText("What changes after");
    assertThat(page.locator(".brand span")).hasText("unknown");
    assertThat(page.locator("dl.figures")).hasText("divergence1.37");
    assertEquals(
        List.of("Answer", "Changes", "Predictions", "Continuations", "Evidence"),
        texts(page.locator("main h2")));
    assertThat(page.locator(".about p")).hasText("almanac-3m · basis: neurons");
    assertThat(page.locator("#answer tr").first()).hasText("PromptThe capital of France is");
    assertThat(page.locator("#answer .item")).hasCount(7);
    assertThat(page.locator("#answer .item").nth(1)).hasText("␣capital");
    assertEquals(
        List.of(
            "Layer Feature Name Position Action Before",
            "2 1141 2/1141 6 set to 0 3.20",
            "3 40 3/40 – scaled by 2 −0.85"),
        texts(page.locator("#answer-changes tr")));
    assertThat(page.locator("#answer-predictions thead th").nth(2)).hasText("Probability before");
    assertThat(page.locator("#answer-continuations tr").last())
        .hasText("After <b>Lyon</b>.\nIt lies");
    assertThat(page.locator("#provenance")).containsText("sha256:ab12");
    assertThat(page.locator("#provenance dd").nth(1)).hasText("1742");
  }

  /** Figures with interval, tolerance and note; what failed stands out in the head too. */
  @Test
  void tellsAllOfEveryPieceOfEvidence() {
    Page page = show("", 1280, ColorScheme.DARK);
    assertEquals(List.of("Evidence 1 passed 1 noted"), texts(page.locator(".verdicts")));
    assertThat(page.locator("#evidence .check")).hasCount(2);
    assertThat(page.locator("#evidence .check").first().locator(".figures"))
        .hasText("2e−7 relative gap · tolerance 0.0010");
    assertThat(page.locator("#evidence .check").last().locator(".figures"))
        .hasText("0.31 [0.22, 0.40] nats");
    assertThat(page.locator("#evidence .note")).hasText("over 40 draws of random features");
    assertThat(page.locator("#evidence .caveats li")).hasCount(1);
  }

  /** Numbers of a column have one form, the same under any locale; names of things no commas. */
  @Test
  void numbersLookTheSameUnderAnyLocale() {
    Page page =
        show(
            Map.of(
                "prompts",
                12_345,
                "year",
                1742,
                "accuracy",
                Map.of("value", 0.5, "low", 0.25, "high", 0.75, "level", 0.95, "unit", "share"),
                "rows",
                List.of(
                    Map.of(
                        "amount", 1234567, "share", 0, "mean", Map.of("value", 2, "unit", "nats")),
                    Map.of(
                        "amount",
                        -2,
                        "share",
                        1234.5,
                        "mean",
                        Map.of("value", 1.5, "unit", "nats")))));
    assertThat(page.locator("#answer")).containsText("Prompts12,345");
    assertThat(page.locator("#answer")).containsText("Year1742");
    assertThat(page.locator("dl.figures")).containsText("accuracy0.50 [0.25, 0.75] share");
    assertThat(page.locator("#answer-rows")).containsText("1,234,567");
    assertThat(page.locator("#answer-rows")).containsText("−2");
    assertThat(page.locator("#answer-rows")).containsText("0.00");
    assertThat(page.locator("#answer-rows")).containsText("1,235");
    assertThat(page.locator("#answer-rows")).containsText("2.00 nats");
  }

  @Test
  void deepAndLongAnswersAreFolded() {
    Page page =
        show(
            Map.of(
                "rows",
                IntStream.range(0, 300)
                    .mapToObj(i ->
                        Map.of(
                            "at",
                            Map.of("layer", i, "parts", List.of(Map.of("a", 1), Map.of("a", 2)))))
                    .toList(),
                "grid",
                Arrays.asList(List.of(1, 2), List.of(3, 4)),
                "none",
                List.of()));
    assertThat(page.locator("#answer-rows > div > .scroll > table > tbody > tr")).hasCount(50);
    page.locator("#answer-rows .more").click();
    assertThat(page.locator("#answer-rows > div > .scroll > table > tbody > tr")).hasCount(300);
    assertThat(page.locator("#answer-rows thead").first()).containsText("At layer");
    page.locator("#answer-rows summary").first().click();
    assertThat(page.locator("#answer-rows details").first()).containsText("2 rows");
    assertThat(page.locator("#answer")).containsText("Nonenone");
    assertThat(page.locator("#answer")).containsText("2 items");
  }

  /** A finding without evidence, caveats and provenance is still shown. */
  @Test
  void theLeastFindingIsShown() {
    Page page =
        show(Map.of("schema", "loupe.x/1", "question", "Why?"), "", 1280, ColorScheme.LIGHT);
    assertThat(page.locator("h1")).hasText("Why?");
    assertThat(page.locator("#evidence")).containsText("The result carries no evidence.");
  }
}
