package dev.loupe.web;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.microsoft.playwright.Download;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.KeyboardModifier;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Nodes pinned to a subgraph of one's own. */
class SubgraphTest extends Opened {
  private static final Locator.ClickOptions CTRL =
      new Locator.ClickOptions().setModifiers(List.of(KeyboardModifier.CONTROL));
  private static final Pattern PINNED = Pattern.compile("\\bpinned\\b");
  private static final Pattern DIM = Pattern.compile("\\bdim\\b");

  @Test
  void nodesArePinnedByClickButtonAndKey() throws IOException {
    Page page = open(smallTrace(), "open=g1");
    assertThat(page.locator("#subgraph")).isHidden();
    node(page, "2").click(CTRL);
    assertThat(node(page, "2")).hasClass(PINNED);
    assertThat(page.locator("#details h3")).hasCount(0);
    node(page, "3").click();
    page.locator("#pin").click();
    assertThat(page.locator("#pin")).hasText("Unpin from the subgraph");
    assertThat(page.locator("#pin")).isFocused();
    node(page, "7").focus();
    page.keyboard().press("p");
    assertEquals(List.of("0/5@1", "1/7@1", "␣Paris"), texts(page.locator("#subgraph li .name")));
    page.locator("#subgraph-name").fill("French way");
    assertEquals("#node=3&pins=2+3+7&name=French+way&open=g1", hash(page));
    assertThat(page.locator("#subgraph code"))
        .hasText("loupe steer ' of France' --model tiny --ablate 0/5@1 --ablate 1/7@1");
    Download saved = page.waitForDownload(() -> page.locator("#save-subgraph").click());
    assertEquals("French way: 0/5@1 1/7@1\n", Files.readString(saved.path()));
    page.locator("#subgraph li button").nth(1).click();
    assertThat(node(page, "2")).not().hasClass(PINNED);
  }

  @Test
  void theAddressBringsTheSubgraphBackAndItCanBeSeenAlone() {
    Page page = open(smallTrace(), "pins=2+3+7&name=French+way&open=g1&only=1");
    assertThat(page.locator("#subgraph-name")).hasValue("French way");
    assertThat(page.locator("#only-pins")).hasAttribute("aria-pressed", "true");
    assertThat(node(page, "4")).hasClass(DIM);
    assertThat(node(page, "3")).not().hasClass(DIM);
    page.locator("#only-pins").click();
    assertThat(node(page, "4")).not().hasClass(DIM);
    page.getByText("Unpin all").click();
    assertThat(page.locator("#subgraph")).isHidden();
    assertEquals("#open=g1", hash(page));
  }

  @Test
  void aPinnedGroupStandsForItsMembersWhenItIsUnfolded() {
    Page page = open(smallTrace(), "pins=g%3Ag1+999");
    assertThat(page.locator("#subgraph li")).hasCount(1);
    page.locator("#groups").click();
    assertEquals(List.of("1/7@1", "1/8@1"), texts(page.locator("#subgraph li .name")));
    page.locator("#subgraph li button").nth(1).click();
    assertEquals(List.of("1/8@1"), texts(page.locator("#subgraph li .name")));
  }
}
