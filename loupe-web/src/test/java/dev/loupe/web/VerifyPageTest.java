package dev.loupe.web;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The view of an answer checked against documents. */
class VerifyPageTest extends ReportPageTest {
  @Override
  Map<String, Object> report() {
    return fixture("finding/verify.json");
  }

  @Test
  void eachClaimHasItsVerdictAndThePassageThatDecided() {
    Page page = show("", 1280, ColorScheme.LIGHT);
    assertEquals(
        List.of("supported", "supported", "supported", "contradicted", "not found"),
        texts(page.locator(".claims .verdict")));
    assertThat(page.locator(".claims blockquote")).hasCount(4);
    assertThat(page.locator(".claims blockquote").last()).containsText("<b>Dijon</b>");
    assertThat(page.locator(".claims blockquote").last()).containsText("tower.txt, 179–233");
    assertThat(page.locator("dl.figures")).containsText("60.0% [23.1%, 88.2%]");
    assertThat(page.locator("#without")).containsText("isn’t it?");
  }
}
