package dev.loupe.web;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The view of a contrast. */
class ContrastPageTest extends ReportPageTest {
  @Override
  Map<String, Object> report() {
    return fixture("finding/contrast.json");
  }

  @Test
  void theEditIsADifferenceOfWordsWithBothAnswers() {
    Page page = show("", 1280, ColorScheme.LIGHT);
    assertEquals(List.of("sun", "shining"), texts(page.locator("#edit del")));
    assertEquals(List.of("moon", "setting"), texts(page.locator("#edit ins")));
    assertThat(page.locator("#edit .said").first()).hasText("sunglasses and go");
    assertThat(page.locator("#edit .said").last()).hasText("telescope.\nThen");
    assertThat(page.locator("dl.figures")).containsText("2 of 14");
  }

  @Test
  void everyEditIsListedByItsScore() {
    Page page = show("", 1280, ColorScheme.LIGHT);
    assertThat(page.locator("#search .dot")).hasCount(16);
    assertThat(page.locator("#search tbody tr")).hasCount(10);
    assertThat(page.locator("#search tbody tr").first()).containsText("+5.60");
    assertEquals(
        List.of("sun", "shining"), texts(page.locator("#search tbody tr").first().locator("del")));
    page.locator("#search .more").click();
    assertThat(page.locator("#search tbody tr")).hasCount(16);
    assertThat(page.locator("#search ins").last()).hasText("<b>x5");
  }
}
