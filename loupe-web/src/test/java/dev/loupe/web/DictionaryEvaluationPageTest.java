package dev.loupe.web;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The view of a dictionary's evaluation. */
class DictionaryEvaluationPageTest extends ReportPageTest {
  @Override
  Map<String, Object> report() {
    Map<String, Object> found = new LinkedHashMap<>(fixture("finding/steer.json"));
    found.keySet().retainAll(List.of("evidence", "caveats", "provenance"));
    found.putAll(TrainingPageTest.dictionary("almanac-clt"));
    found.remove("name");
    found.put("schema", "loupe.dictionary-evaluation/1");
    found.put("question", "How much of almanac does almanac-clt hold?");
    found.put("dictionary", "almanac-clt");
    found.put("model", "almanac");
    found.put("leftOut", "");
    found.put("documentStart", Map.of("token", 0, "text", "<|endoftext|>", "reason", "its own"));
    return found;
  }

  @Test
  void tellsTheLossRecoveredAndComparesWithWhatShips() {
    Page page = show("", 1280, ColorScheme.LIGHT);
    assertThat(page.locator("h1")).hasText("How much of almanac does almanac-clt hold?");
    assertThat(page.locator(".about p"))
        .hasText("almanac-clt · of almanac · 4,096 positions · documents begin with <|endoftext|>");
    assertEquals(
        List.of(
            "loss recovered", "next token agrees", "FVU, mean over layers", "L0, mean over layers"),
        texts(page.locator("dl.figures dt")));
    assertEquals(
        List.of("0.9974 [0.9964, 0.9984]", "0.950 [0.949, 0.951]", "0.0300", "31.0"),
        texts(page.locator("dl.figures dd")));
    // The shipped one of this name is the one that was measured.
    assertThat(page.locator("#frontier .name.main")).hasText("almanac-clt");
    assertThat(page.locator("#frontier .dot.quiet")).hasCount(5);
    assertThat(page.locator("#layers-0 tbody tr")).hasCount(2);
    page.locator("dl.figures dfn").first().focus();
    assertThat(page.locator(".meaning")).containsText("Fraction of variance unexplained");
  }
}
