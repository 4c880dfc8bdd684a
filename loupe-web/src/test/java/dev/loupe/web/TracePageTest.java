package dev.loupe.web;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What a person does with the page, on the trace that can be checked by hand. */
class TracePageTest extends Opened {
  private static final String UNFOLDED = "open=g1";

  private static final Map<String, Object> FIRES_ON =
      Map.of(
          "frequency",
          0.004,
          "examples",
          List.of(
              Map.of(
                  "tokens",
                  List.of("kings", " of", " France", " and"),
                  "tokens_acts_list",
                  List.of(0, 0.3, 2.5, 0),
                  "train_token_ind",
                  2),
              Map.of(
                  "tokens",
                  List.of(" to", " France"),
                  "tokens_acts_list",
                  List.of(0, 1.25),
                  "train_token_ind",
                  1)));

  @Test
  void showsQuestionPredictionsAndProvenance() {
    Page page = open(smallTrace());
    assertThat(page.locator("h1")).hasText("Why does tiny continue “ of France” with “ Paris”?");
    assertEquals(
        List.of("␣Paris 75.0% 2.80", "␣London 15.0% 1.19", "↵ 0.2% −3.10"),
        texts(page.locator("#predictions li")));
    assertThat(page.locator("#provenance")).containsText("ab12cd34");
    assertThat(page.locator("#provenance")).containsText("libtorch 2.10.0");
  }

  @Test
  void whatFailedStandsOpenAndTheRestIsFolded() {
    Page page = open(smallTrace());
    assertThat(page.locator("#evidence .check").first()).containsText("failed");
    assertThat(page.locator("#evidence .check").first()).isVisible();
    assertThat(page.locator("#evidence details.folded .check").first()).isHidden();
    assertThat(page.locator(".verdicts")).hasText("Arithmetic 1 passed1 failedExplanatory 1 noted");
    page.locator(".verdicts").click();
    List<String> checks = texts(page.locator("#evidence .check"));
    assertEquals(
        "passed Incoming edges of every listed node sum to its value observed 3.1e−7 relative gap,"
            + " largest · tolerance 1e−4",
        checks.get(1));
    assertTrue(checks.get(2).contains("0.88 [0.61, 0.97] Spearman"), checks.get(2));
    assertThat(page.locator("#evidence .verdict svg")).hasCount(3);
    assertThat(page.locator("#evidence")).containsText("Attention patterns are held as they were.");
  }

  @Test
  void pointingAtANodeNamesItAndDimsWhatItDoesNotTouch() {
    Page page = open(smallTrace(), UNFOLDED);
    node(page, "2").hover();
    assertThat(page.locator(".tooltip")).containsText("0/5@1");
    assertThat(page.locator(".tooltip")).containsText("promotes French, Lyon");
    assertThat(node(page, "8")).hasClass(Pattern.compile("\\bdim\\b"));
    assertThat(node(page, "3")).hasClass(Pattern.compile("\\braise\\b"));
    page.mouse().move(5, 5);
    assertThat(page.locator(".tooltip")).isHidden();
    assertThat(node(page, "8")).not().hasClass(Pattern.compile("\\bdim\\b"));
  }

  @Test
  void pressingANodePinsItAndPressingAgainLetsGo() {
    Page page = open(smallTrace());
    node(page, "2").click();
    assertThat(page.locator("#details h3")).hasText("0/5@1");
    assertThat(page.locator("#details .sum")).containsText("hidden");
    assertEquals(
        List.of("shown +1.00", "hidden +0.50", "value +1.50"),
        texts(page.locator("#details .sum li")));
    assertEquals(
        List.of("␣French +0.90", "␣London −0.40"), texts(page.locator("#details .effects li")));
    assertEquals("#node=2", hash(page));
    assertThat(page.locator("tr.selected")).containsText("0/5@1");
    node(page, "2").click();
    assertThat(page.locator("#details h3")).hasCount(0);
    assertEquals("", hash(page));
  }

  @Test
  @SuppressWarnings("unchecked")
  void aTraceThroughADictionaryNamesFeaturesAndItsErrors() {
    Map<String, Object> trace = new LinkedHashMap<>(smallTrace());
    trace.put("basis", "clt");
    trace.put("dictionary", Map.of("name", "small-clt", "features", 64));
    List<Map<String, Object>> nodes = new ArrayList<>();
    for (Map<String, Object> node :
        (List<Map<String, Object>>) Objects.requireNonNull(trace.get("nodes"))) {
      Map<String, Object> changed = new LinkedHashMap<>(node);
      changed.replace("kind", "neuron", "feature");
      if (Objects.equals(node.get("id"), 2)) {
        changed.put("firesOn", FIRES_ON);
      }
      changed.replace("kind", "remainder", "error");
      nodes.add(changed);
    }
    trace.put("nodes", nodes);
    Map<String, Object> totals =
        new LinkedHashMap<>((Map<String, Object>) Objects.requireNonNull(trace.get("totals")));
    totals.put("errorShare", 0.25);
    totals.put("replacementScore", 0.75);
    totals.put("completenessScore", 0.875);
    trace.put("totals", totals);
    Page page = open(trace, UNFOLDED + "&node=5");
    assertThat(page.locator(".about")).containsText("basis: cross-layer transcoder small-clt");
    assertThat(page.locator("#totals")).containsText("25.0% errors of the dictionary");
    assertThat(page.locator("#totals")).containsText("Replacement score 0.75, completeness 0.88.");
    assertThat(page.locator("#details h3")).hasText("L1 error");
    assertThat(page.locator("#details")).containsText("What the dictionary does not reconstruct");
    node(page, "2").click();
    assertThat(page.locator("#details h3")).hasText("0/5@1");
    assertThat(page.locator("#details")).containsText("Feature");
    Locator fires = page.locator("#details .fires-on");
    assertThat(fires).containsText("active on 0.4% of the tokens");
    assertEquals(List.of("2.50kings of France and", "1.25 to France"), texts(fires.locator("li")));
    assertThat(fires.locator("li").first().locator(".peak")).hasText("France");
  }

  @Test
  void linksAreFollowedBothWays() {
    Page page = open(smallTrace(), UNFOLDED + "&node=3");
    Locator inputs = page.locator(".links.source .link");
    assertEquals(
        List.of(
            "0/5@1 ␣France promotes French, Lyon +0.60 60.0%", "␣France in the prompt −0.40 40.0%"),
        texts(inputs));
    inputs.first().click();
    assertThat(page.locator("#details h3")).hasText("0/5@1");
    page.locator(".links.target .link[data-link='3']").click();
    assertThat(page.locator("#details h3")).hasText("1/7@1");
    page.goBack();
    assertThat(page.locator("#details h3")).hasText("0/5@1");
  }

  @Test
  void aFoldedGroupAddsUpItsLinks() {
    Page page = open(smallTrace(), "node=g:g1");
    assertThat(page.locator("#details")).containsText("says Paris");
    assertEquals(
        List.of(
            "␣France in the prompt +0.30 55.0%", "0/5@1 ␣France promotes French, Lyon +0.90 45.0%"),
        texts(page.locator(".links.source .link")));
    assertEquals(
        List.of("␣Paris next token, 75.0% +3.00 75.0%", "␣London next token, 15.0% −1.00 50.0%"),
        texts(page.locator(".links.target .link")));
    assertThat(node(page, "3")).hasCount(0);
    page.locator("#details .members .link").first().click();
    assertThat(page.locator("#details h3")).hasText("1/7@1");
    assertThat(node(page, "3")).hasCount(1);
    assertThat(node(page, "g:g1")).hasCount(0);
  }

  @Test
  void arrowsTravelAlongTheStrongestLinks() {
    Page page = open(smallTrace(), UNFOLDED);
    node(page, "7").focus();
    page.keyboard().press("ArrowDown");
    assertThat(page.locator("#details h3")).hasText("1/7@1");
    assertThat(node(page, "3")).isFocused();
    page.keyboard().press("ArrowRight");
    page.keyboard().press("ArrowLeft");
    assertThat(page.locator("#details h3")).hasText("1/7@1");
    page.keyboard().press("ArrowDown");
    assertThat(page.locator("#details h3")).hasText("0/5@1");
    page.keyboard().press("Shift+ArrowRight");
    assertThat(page.locator("#details h3")).hasText("␣France");
    page.keyboard().press("ArrowUp");
    page.keyboard().press("Escape");
    assertThat(page.locator("#details h3")).hasCount(0);
    assertEquals("#open=g1", hash(page));
  }

  @Test
  void searchFindsUnitsLabelsAndTokens() {
    Page page = open(smallTrace(), UNFOLDED);
    page.keyboard().press("/");
    for (var search :
        List.of(
            List.of("L1/8", "1 found"),
            List.of("1/8@1", "1 found"),
            List.of("lille", "1 found"),
            List.of("neuron paris", "2 found"),
            List.of("zzz", "0 found"))) {
      page.locator("#search").fill(search.get(0));
      assertThat(page.locator("output[for=search]")).hasText(search.get(1));
    }
    assertThat(page.locator("#table")).containsText("No node matches the search.");
    page.locator("#search").fill("Lille");
    assertThat(node(page, "4")).hasClass(Pattern.compile("\\bfound\\b"));
    assertThat(page.locator("#table tbody tr")).hasCount(1);
    page.keyboard().press("Enter");
    assertThat(page.locator("#details h3")).hasText("1/8@1");
    assertEquals("#node=4&open=g1&find=Lille", hash(page));
  }

  @Test
  void theInfluenceFilterHidesWeakNodesButNoEnds() {
    Page page = open(smallTrace(), UNFOLDED);
    page.locator("#influence").fill("110");
    assertThat(page.locator("output[for=influence]"))
        .hasText(Pattern.compile("≥ .*%: 7 of 8, .*% of their influence"));
    assertThat(node(page, "5")).isHidden();
    assertThat(node(page, "6")).isHidden();
    assertThat(node(page, "8")).isVisible();
    assertThat(page.locator("#table tbody tr")).hasCount(7);
    page.locator("#influence").fill("0");
    assertThat(node(page, "5")).isVisible();
  }

  @Test
  void theTableSortsAndSharesTheSelection() {
    Page page = open(smallTrace(), UNFOLDED);
    Locator first = page.locator("#table tbody tr").first();
    assertThat(first).containsText("␣France");
    Locator value = page.locator("#table th", new Page.LocatorOptions().setHasText("Value"));
    value.locator("button").click();
    assertThat(value).hasAttribute("aria-sort", "descending");
    assertThat(first).containsText("␣Paris");
    value.locator("button").click();
    assertThat(first).containsText("␣London");
    first.hover();
    assertThat(node(page, "2")).hasClass(Pattern.compile("\\bdim\\b"));
    first.locator(".pick").click();
    assertThat(node(page, "8")).hasAttribute("aria-pressed", "true");
    assertThat(page.locator("#details h3")).hasText("␣London");
  }

  @Test
  void pointingAtAPathShowsItAndPressingKeepsIt() {
    Page page = open(smallTrace(), UNFOLDED);
    Locator path = page.locator("#paths .path").first();
    assertThat(path).containsText("raises");
    assertThat(page.locator("#paths .path").nth(1)).containsText("lowers");
    path.hover();
    assertThat(node(page, "4")).not().hasClass(Pattern.compile("\\bdim\\b"));
    assertThat(node(page, "3")).hasClass(Pattern.compile("\\bdim\\b"));
    path.click();
    page.mouse().move(5, 5);
    page.locator("#search").focus();
    assertThat(node(page, "3")).hasClass(Pattern.compile("\\bdim\\b"));
    assertEquals("#path=0&open=g1", hash(page));
    assertThat(path).hasAttribute("aria-pressed", "true");
  }

  @Test
  void theAddressBringsBackEverything() {
    Page page =
        open(smallTrace(), "node=4&min=0.02&open=g1&find=paris&sort=layer&zoom=1.25&theme=dark");
    assertThat(page.locator("#details h3")).hasText("1/8@1");
    assertThat(node(page, "6")).isHidden();
    assertThat(page.locator("#search")).hasValue("paris");
    assertThat(page.locator("th[aria-sort=ascending]")).hasText("Layer");
    assertThat(page.locator(".zoom .level")).hasText("125%");
    assertThat(page.locator("html")).hasAttribute("data-theme", "dark");
  }

  @Test
  void anAddressOfAnotherTraceIsNoHarm() {
    Page page = open(smallTrace(), "node=999&path=77&open=g9&min=x&sort=nothing&zoom=1e9");
    assertThat(page.locator("#details h3")).hasCount(0);
    assertThat(page.locator(".zoom .level")).hasText("250%");
  }

  @Test
  void aPathIsHeadedByTheUnitItGoesThrough() {
    Page page = open(smallTrace(), UNFOLDED);
    assertThat(page.locator("#paths .headline").first())
        .hasText("15.0% through 1/8@1 Paris, Lille");
    assertThat(page.locator("#paths .headline").nth(1)).hasText("15.0%");
  }

  @Test
  void whereTheAnswerComesFromIsOneBarWithWords() {
    Map<String, Object> trace = smallTrace();
    trace.put(
        "totals",
        Map.ofEntries(
            Map.entry("listedNodes", 5),
            Map.entry("shownNodes", 9),
            Map.entry("shownEdges", 12),
            Map.entry("edgesOverCap", 2345),
            Map.entry("listedShare", 0.5),
            Map.entry("tokenShare", 0.4),
            Map.entry("positionShare", 0.1),
            Map.entry("biasShare", 0.0),
            Map.entry("heldShare", 0.2),
            Map.entry("remainderShare", 0.5),
            Map.entry("units", 4000),
            Map.entry("stoppedBy", "maxNodes")));
    Page page = open(trace);
    assertEquals(
        List.of(
            "40.0% the prompt’s tokens, through listed neurons",
            "10.0% position embeddings",
            "20.0% first position, held as a constant",
            "30.0% neurons not listed"),
        texts(page.locator("#totals li")));
    assertThat(page.locator("#totals .strip span")).hasCount(4);
    assertThat(page.locator("#totals .note"))
        .containsText("5 of 4,000 neurons listed individually (stopped by --max-nodes)");
    assertThat(page.locator("#totals .note")).containsText("2,345 weaker edges not drawn");
  }

  @Test
  void heldNodesStandOnOneLineAndSayWhatTheyAre() {
    Map<String, Object> trace = smallTrace();
    trace.put("settings", Map.of("heldPositions", 1));
    List<Object> nodes = new ArrayList<>((List<?>) Objects.requireNonNull(trace.get("nodes")));
    nodes.add(
        Map.of(
            "id",
            50,
            "kind",
            "remainder",
            "layer",
            1,
            "position",
            0,
            "label",
            "held",
            "units",
            16));
    trace.put("nodes", nodes);
    Page page = open(trace, UNFOLDED);
    assertThat(page.locator(".bands .spine")).hasCount(1);
    assertThat(page.locator(".head.token").first()).containsText("0 · held");
    assertThat(page.locator(".legend")).containsText("first position, held");
    node(page, "50").click();
    assertThat(page.locator("#details h3")).hasText("L1 held");
    assertThat(page.locator("#details")).containsText("held as a constant");
  }

  @Test
  void theStrongestUnitsSayAWordInTheGraph() {
    Page page = open(smallTrace(), UNFOLDED);
    assertThat(node(page, "2").locator(".word")).hasText("French");
    page = open(smallTrace(), UNFOLDED + "&zoom=0.5");
    assertThat(page.locator(".node .word")).hasCount(0);
  }
}
