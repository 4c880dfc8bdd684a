package dev.loupe.outcomes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.fault.LoupeException;
import dev.loupe.outcomes.OutcomeReport.Difference;
import dev.loupe.outcomes.OutcomeReport.Pairing;
import dev.loupe.statistics.AdjustedP;
import dev.loupe.statistics.Counts;
import dev.loupe.statistics.DifferenceInterval;
import dev.loupe.statistics.McNemar;
import dev.loupe.statistics.PairedInterval;
import dev.loupe.statistics.Pairs;
import dev.loupe.statistics.Proportion;
import dev.loupe.statistics.TwoSampleTest;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

class OutcomeReportTest {
  private static final double LEVEL = 0.95;

  @Test
  void comparesIndependentTrials() {
    OutcomeTally tally = new OutcomeTally();
    add(tally, "none", "x", 56, 70);
    add(tally, "guard", "x", 48, 80);
    add(tally, "other", "x", 10, 40);
    OutcomeReport report = tally.report("table", LEVEL, Optional.empty());
    assertEquals("none", report.baseline());
    assertEquals(Pairing.INDEPENDENT, report.pairing());
    assertEquals(Proportion.wilson(56, 70, LEVEL), report.rates().getFirst().rate());
    Difference guard = report.difference("guard", Optional.of("x")).orElseThrow();
    Counts none = new Counts(56, 70);
    assertEquals(
        DifferenceInterval.NEWCOMBE.estimate(new Counts(48, 80), none, LEVEL), guard.difference());
    double first = TwoSampleTest.fisher(new Counts(48, 80), none);
    double second = TwoSampleTest.fisher(new Counts(10, 40), none);
    assertEquals(first, guard.p());
    assertEquals(AdjustedP.HOLM.of(first, second)[0], guard.adjustedP());
    assertTrue(report.caveats().stream().anyMatch(each -> each.contains("independent")));
  }

  @Test
  void makesPairsOfSharedItems() {
    OutcomeTally tally = new OutcomeTally();
    // By hand: both at 3 items, the second alone at 2, the first alone at 1, neither at 4.
    String first = "1111000000";
    String second = "1110110000";
    for (int i = 0; i < 10; i++) {
      tally.add(trial("a", "", first.charAt(i) == '1', "item" + i));
      tally.add(trial("b", "", second.charAt(i) == '1', "item" + i));
    }
    OutcomeReport report = tally.report("table", LEVEL, Optional.of("a"));
    Pairs pairs = new Pairs(3, 2, 1, 4);
    Difference found = report.differences().getFirst();
    assertEquals(Pairing.PAIRED, found.pairing());
    assertEquals(10, found.pairs());
    assertEquals(0, found.leftOut());
    assertEquals(PairedInterval.NEWCOMBE_10.estimate(pairs, LEVEL), found.difference());
    assertEquals(McNemar.exact(pairs), found.p());
  }

  @Test
  void countsWhatHasNoPartner() {
    OutcomeTally tally = new OutcomeTally();
    for (int i = 0; i < 10; i++) {
      tally.add(trial("a", "", i < 5, "item" + i));
    }
    for (int i = 2; i < 10; i++) {
      tally.add(trial("b", "", i < 7, "item" + i));
    }
    for (int i = 8; i < 20; i++) {
      tally.add(trial("c", "", i < 12, "item" + i));
    }
    OutcomeReport report = tally.report("table", LEVEL, Optional.of("a"));
    Difference b = report.difference("b", Optional.empty()).orElseThrow();
    assertEquals(8, b.pairs());
    assertEquals(2, b.leftOut());
    Difference c = report.difference("c", Optional.empty()).orElseThrow();
    assertEquals(Pairing.INDEPENDENT, c.pairing());
    assertEquals(Pairing.MIXED, report.pairing());
    assertEquals("chi-squared", report.overall().orElseThrow().test());
    assertTrue(report.caveats().stream().anyMatch(each -> each.contains("fewer than half")));
  }

  /** Ten tries of each item are worth no more than the items when tries of an item agree. */
  @Test
  void repeatedTriesAreWorthTheirItems() {
    OutcomeTally tally = new OutcomeTally();
    for (int item = 0; item < 24; item++) {
      for (int run = 0; run < 10; run++) {
        tally.add(
            new Outcome(
                "a", "", item < 12, Optional.empty(), Optional.of("item" + item), "table:1"));
        tally.add(
            new Outcome(
                "b", "", item < 9, Optional.empty(), Optional.of("item" + item), "table:1"));
      }
    }
    OutcomeReport report = tally.report("table", LEVEL, Optional.of("a"));
    OutcomeReport.Rate rate = report.rates().getFirst();
    assertEquals(240, rate.trials());
    assertEquals(24, rate.clusters());
    // 24 independent items have p(1 − p)/23 as variance, 240 trials p(1 − p)/239 · 10.39.
    assertEquals(23, rate.effectiveTrials(), 0.1);
    assertTrue(rate.rate().high() - rate.rate().low() > 0.35, rate.rate()::toString);
    assertEquals(Pairing.CLUSTERED, report.pairing());
    Difference difference = report.differences().getFirst();
    // Three items of 24 differ, always in one direction: t = 3/24 over √(3/24 · 21/24/23).
    double t = 0.125 / Math.sqrt(0.125 * 0.875 / 23);
    assertEquals(-0.125, difference.difference().value());
    double half = difference.difference().high() + 0.125;
    // 2.0687 is the quantile of Student's distribution with 23 degrees of freedom.
    assertEquals(2.0687 * 0.125 / t, half, 1e-5);
  }

  /**
   * Cochran's Q by hand: totals 4, 2, 0 of items with 3 configs; Q = 2(3·20 − 36)/(18 − 10) = 6.
   */
  @Test
  void testsAllConfigsTogether() {
    OutcomeTally tally = new OutcomeTally();
    String[] successes = {"11110", "11000", "00000"};
    for (int config = 0; config < 3; config++) {
      for (int i = 0; i < 5; i++) {
        boolean success = successes[config].charAt(i) == '1';
        tally.add(trial("config" + config, "", success, "item" + i));
      }
    }
    OutcomeReport report = tally.report("table", LEVEL, Optional.empty());
    OutcomeReport.Overall overall = report.overall().orElseThrow();
    assertEquals("Cochran's Q", overall.test());
    assertEquals(6, overall.statistic(), 1e-12);
    // χ² with two degrees of freedom: e^(−Q/2).
    assertEquals(Math.exp(-3), overall.p(), 1e-12);
    assertTrue(OutcomeSentences.of(report).getFirst().startsWith("The 3 configs are not all"));
  }

  @Test
  void saysWhenTheMixDiffers() {
    OutcomeTally tally = new OutcomeTally();
    add(tally, "a", "easy", 9, 10);
    add(tally, "a", "hard", 1, 10);
    add(tally, "b", "easy", 27, 30);
    add(tally, "b", "hard", 1, 10);
    List<String> caveats = tally.report("table", LEVEL, Optional.empty()).caveats();
    assertTrue(caveats.stream().anyMatch(each -> each.contains("mix")), caveats::toString);
  }

  @Test
  void refusesRepeatsAndUnknownBaselines() {
    OutcomeTally tally = new OutcomeTally();
    tally.add(trial("a", "x", true, "q"));
    tally.add(trial("a", "y", true, "q"));
    LoupeException repeated =
        assertThrows(LoupeException.class, () -> tally.add(trial("a", "x", false, "q")));
    assertTrue(
        repeated.getMessage().contains("item 'q' is there a second time for config 'a'"),
        repeated::getMessage);
    LoupeException unknown =
        assertThrows(
            LoupeException.class, () -> tally.report("table", LEVEL, Optional.of("nobody")));
    assertTrue(unknown.remedy().contains("a"), unknown::remedy);
    assertThrows(
        LoupeException.class,
        () ->
            tally.add(new Outcome("a", "x", true, Optional.empty(), Optional.empty(), "table:9")));
    assertThrows(
        LoupeException.class, () -> new OutcomeTally().report("table", LEVEL, Optional.empty()));
  }

  @Test
  void drawsAWellFormedPlot() throws Exception {
    OutcomeTally tally = new OutcomeTally();
    String hostile = "</svg><script>alert(1)</script> & \"quotes\" \u202e\u0000";
    add(tally, "none", hostile, 12, 20);
    add(tally, hostile, hostile, 2, 20);
    add(tally, "none", "other", 0, 20);
    OutcomeReport report = tally.report("a<b>.csv", LEVEL, Optional.empty());
    Document plot = parsed(ForestPlot.svg(report));
    assertEquals(0, plot.getElementsByTagName("script").getLength());
    // Four rates of configs and categories, two pooled; one difference in each of two groups.
    assertEquals(5 + 2, marks(plot));
    assertTrue(ForestPlot.svg(report).contains("prefers-color-scheme: dark"));
    String page = ForestPage.of(report);
    assertFalse(page.contains("<script"), page);
    assertFalse(page.contains("http://") && !page.contains("http://www.w3.org/2000/svg"), page);
    assertTrue(page.contains("light-dark("), page);
    assertTrue(page.contains("a&lt;b&gt;.csv"), page);
  }

  /**
   * The page that loupe-web opens in a browser is the one that is made here; {@code
   * -Dloupe.write=true} makes it anew.
   */
  @Test
  void thePageOfTheBrowserTestIsThisOne() throws Exception {
    OutcomeTally tally = new OutcomeTally();
    for (String category : List.of("jailbreak", "prompt injection", "تسريب النظام")) {
      add(tally, "none", category, 56, 70);
      add(tally, "Token Highlighter, α = 0.25", category, 9, 70);
      add(
          tally,
          "paraphrase <b>and</b> retokenise with a long name of the defence",
          category,
          0,
          70);
    }
    String page = ForestPage.of(tally.report("attacks.csv", LEVEL, Optional.empty()));
    Path file =
        Path.of(System.getProperty("loupe.root", ".."))
            .resolve("loupe-web/src/test/resources/fixtures/forest/attacks.html");
    if (Boolean.getBoolean("loupe.write")) {
      Files.createDirectories(file.getParent());
      Files.writeString(file, page);
    }
    assertEquals(page, Files.readString(file), file + ": make it anew with -Dloupe.write=true");
  }

  /** The marks stand where the axis says. */
  @Test
  void marksStandAtTheirValues() throws Exception {
    OutcomeTally tally = new OutcomeTally();
    add(tally, "none", "", 50, 100);
    Document plot = parsed(ForestPlot.svg(tally.report("table", LEVEL, Optional.empty())));
    double zero = Double.NaN;
    double all = Double.NaN;
    NodeList texts = plot.getElementsByTagName("text");
    for (int i = 0; i < texts.getLength(); i++) {
      String x = texts.item(i).getAttributes().getNamedItem("x").getNodeValue();
      switch (texts.item(i).getTextContent()) {
        case "0%" -> zero = Double.parseDouble(x);
        case "100%" -> all = Double.parseDouble(x);
        default -> {}
      }
    }
    String path =
        plot.getElementsByTagName("path").item(0).getAttributes().getNamedItem("d").getNodeValue();
    double at = Double.parseDouble(path.substring(1, path.indexOf(' ')));
    assertEquals((zero + all) / 2, at, 0.1);
  }

  @Test
  void aLongTableIsCutWithANote() throws Exception {
    OutcomeTally tally = new OutcomeTally();
    for (int i = 0; i < 150; i++) {
      add(tally, "config" + i, "x", 1, 2);
    }
    String svg = ForestPlot.svg(tally.report("table", LEVEL, Optional.empty()));
    parsed(svg);
    assertTrue(svg.contains("100 more rows are in the table"), svg);
  }

  private static int marks(Document plot) {
    NodeList groups = plot.getElementsByTagName("g");
    return groups.getLength();
  }

  private static Document parsed(String svg) throws Exception {
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(new InputSource(new StringReader(svg)));
  }

  private static void add(
      OutcomeTally tally, String config, String category, int successes, int trials) {
    for (int i = 0; i < trials; i++) {
      tally.add(
          new Outcome(
              config, category, i < successes, Optional.empty(), Optional.empty(), "table:1"));
    }
  }

  private static Outcome trial(String config, String category, boolean success, String item) {
    return new Outcome(config, category, success, Optional.of(item), Optional.empty(), "table:1");
  }
}
