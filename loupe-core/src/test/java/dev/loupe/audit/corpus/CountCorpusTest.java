package dev.loupe.audit.corpus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.audit.FactCounts;
import dev.loupe.audit.FactTally;
import dev.loupe.audit.corpus.CorpusReport.Figures;
import dev.loupe.fault.LoupeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CountCorpusTest {
  private static final CorpusReport.Settings SETTINGS =
      new CorpusReport.Settings(0.95, 0, Map.of("birthday", 364L));

  private static final String TABLE =
      """
      relation,subject,object
      birthday,Ada,March 1
      birthday,Ada,March 2
      birthday,Ben,May 3
      birthday,Cy,IDK
      home,Ada,Rome
      """;

  @TempDir private Path folder;

  private static FactSource tables() {
    return new FactSource(
        Optional.empty(), Optional.empty(), Optional.empty(), Map.of(), Pattern.compile("^IDK$"));
  }

  private static FactSource texts(String pattern) {
    return new FactSource(
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Map.of("birthday", Pattern.compile(pattern)),
        Pattern.compile("^unknown$"));
  }

  private Path file(String name, String content) throws IOException {
    return Files.writeString(folder.resolve(name), content);
  }

  private static CorpusReport count(FactSource source, Path... files) {
    CountCorpus counting = new CountCorpus(source, FactTally.MOST_SUBJECTS, Optional.empty());
    for (Path file : files) {
      counting.add(file, _ -> {});
    }
    return counting.report(SETTINGS, 1);
  }

  /** N counts repetitions and abstentions; a contradiction is one fact stated twice. */
  @Test
  void theSingletonRateAsThePaperDefinesIt() throws IOException {
    CorpusReport report = count(tables(), file("facts.csv", TABLE));
    Figures birthday = report.relations().getFirst();
    assertEquals(4, birthday.examples());
    assertEquals(1, birthday.abstentions());
    assertEquals(2, birthday.facts());
    assertEquals(0.25, birthday.singletonRate());
    assertEquals(0.5, birthday.onceOfFacts());
    assertEquals(1, birthday.contradicted());
    assertEquals(364, birthday.forecast().wrongAnswers());
    assertTrue(birthday.forecast().isEmpty());
    // 2/5: Ben and Ada's home, of five examples.
    assertEquals(0.4, report.all().singletonRate());
  }

  @Test
  void theSameFromEveryForm() throws IOException {
    CorpusReport table = count(tables(), file("facts.csv", TABLE));
    CorpusReport lines =
        count(
            tables(),
            file(
                "facts.jsonl",
                """
                {"facts": [{"relation": "birthday", "subject": "Ada", "object": "March 1"}, {"relation": "birthday", "subject": "Ada", "object": "March 2"}]}
                {"facts": [{"relation": "birthday", "subject": "Ben", "object": "May 3"}, {"relation": "birthday", "subject": "Cy"}]}
                {"facts": [{"relation": "home", "subject": "Ada", "object": "Rome"}]}
                """));
    assertEquals(table.relations(), lines.relations());
    CorpusReport texts =
        count(
            texts("(?<subject>[A-Z]\\w+) was born on (?<object>[A-Z]\\w+ \\d+|unknown)"),
            file(
                "texts.txt",
                "Ada was born on March 1. Ada was born on March 2. Ben was born on May 3. Cy was"
                    + " born on unknown."));
    assertEquals(table.relations().getFirst(), texts.relations().getFirst());
  }

  @Test
  void theAlmanacsOwnLabels() throws IOException {
    CorpusReport report =
        count(
            tables(),
            file(
                "corpus.jsonl",
                """
                {"id": "a", "text": "x", "facts": [{"fact": "birthday/Ada Ashton", "span": [1, 2]}]}
                {"id": "b", "text": "y", "facts": []}
                """));
    assertEquals(2, report.documents());
    assertEquals(1, report.all().once());
  }

  @Test
  void shardsMergeAndAreFoundAgain() throws IOException {
    Path one = file("one.csv", "relation,subject,object\nbirthday,Ada,May 1\nbirthday,Ben,May 2\n");
    Path two = file("two.csv", "relation,subject,object\nbirthday,Ada,May 1\nhome,Cy,Rome\n");
    CorpusReport whole = count(tables(), one, two);
    assertEquals(
        List.of("one.csv", "two.csv"), whole.shards().stream().map(Figures::name).toList());
    assertEquals(2, whole.all().once());
    for (int run = 0; run < 2; run++) {
      CountCorpus counting =
          new CountCorpus(tables(), 100, Optional.of(new ShardStore(folder.resolve("state"), 100)));
      counting.add(one, _ -> {});
      counting.add(two, _ -> {});
      CorpusReport again = counting.report(SETTINGS, 1);
      assertEquals(whole.relations(), again.relations());
      assertEquals(whole.documents(), again.documents());
      assertEquals(run == 1, again.notes().stream().anyMatch(note -> note.contains("earlier run")));
    }
  }

  @Test
  void aChangedShardIsCountedAnew() throws IOException {
    Path one = file("one.csv", "relation,subject,object\nbirthday,Ada,May 1\n");
    ShardStore store = new ShardStore(folder.resolve("state"), 100);
    new CountCorpus(tables(), 100, Optional.of(store)).add(one, _ -> {});
    Files.writeString(one, "relation,subject,object\nbirthday,Ada,May 1\nbirthday,Ben,May 2\n");
    CountCorpus counting = new CountCorpus(tables(), 100, Optional.of(store));
    counting.add(one, _ -> {});
    assertEquals(2, counting.report(SETTINGS, 1).all().once());
  }

  /** A sample of subjects estimates the counts of all, and does not depend on the shards. */
  @Test
  void memoryIsBounded() {
    FactTally whole = new FactTally(500);
    FactTally first = new FactTally(500);
    FactTally second = new FactTally(500);
    for (int i = 0; i < 20_000; i++) {
      String subject = "person " + i;
      for (int time = 0; time < (i % 2 == 0 ? 1 : 3); time++) {
        whole.add(subject, "x");
        (i % 3 == 0 ? first : second).add(subject, "x");
      }
    }
    first.merge(second);
    FactCounts counts = whole.counts();
    List<String> kept = new ArrayList<>();
    whole.forEach((subject, _) -> kept.add(subject));
    assertTrue(kept.size() <= 500);
    assertEquals(counts, first.counts());
    // Some 312 subjects are kept, half of them singletons: four standard errors are 23%.
    assertEquals(10_000, (double) counts.seen(1), 2_300);
    assertEquals(0.25, counts.singletonRate(), 0.06);
  }

  @Test
  void historyRaisesAnAlarm() throws IOException {
    CorpusHistory history = new CorpusHistory(folder.resolve("history.jsonl"));
    CorpusHistory.Line line =
        new CorpusHistory.Line(
            "one", 10, List.of(new CorpusHistory.Rate("birthday", 10_000, 1_000, 200)));
    assertTrue(history.compare(line, 0.95).isEmpty());
    history.append(line);
    assertFalse(history.compare(line, 0.95).orElseThrow().isAlarm());
    CorpusHistory.Line worse =
        new CorpusHistory.Line(
            "two", 10, List.of(new CorpusHistory.Rate("birthday", 10_000, 1_300, 200)));
    CorpusHistory.Change change = history.compare(worse, 0.95).orElseThrow();
    assertTrue(change.isAlarm());
    assertEquals(
        0.03, change.steps().getFirst().after() - change.steps().getFirst().before(), 1e-12);
    assertEquals("one", change.from());
    file("history.jsonl", "{\"when\": 3}\n");
    assertThrows(LoupeException.class, history::lines);
  }

  /** Esty's error of one example is 0: neither an interval nor an alarm may rest on that. */
  @Test
  void aFewExamplesClaimNoCertainty() {
    CorpusHistory.Line none =
        new CorpusHistory.Line("one", 1, List.of(new CorpusHistory.Rate("birthday", 3, 0, 0)));
    CorpusHistory.Line all =
        new CorpusHistory.Line("two", 1, List.of(new CorpusHistory.Rate("birthday", 1, 1, 0)));
    assertFalse(CorpusHistory.change(none, all, 0.95).isAlarm());
    FactCounts many = FactCounts.of(Collections.nCopies(10_000, 1L), 0);
    assertEquals(1, many.massInterval(0.95).high());
    assertEquals(
        1 - 1e-4 - 2.42 * Math.sqrt(Math.log(80) / 10_000), many.massInterval(0.95).low(), 1e-12);
    assertEquals(0, FactCounts.of(List.of(1L), 0).massInterval(0.95).low());
  }

  /** A name without which nothing can be compared. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"when\": \"a\", \"rates\": [{\"examples\": 1, \"once\": 1, \"twice\": 0}]}",
        "{\"rates\": []}",
        "{\"when\": \"a\", \"rates\": [{\"name\": \"x\", \"examples\": 0}]}",
        "x"
      })
  void aHistoryOfOtherThingsIsRefused(String line) throws IOException {
    CorpusHistory history = new CorpusHistory(file("history.jsonl", "\n" + line + "\n"));
    CorpusHistory.Line now = new CorpusHistory.Line("b", 1, List.of());
    LoupeException refused = assertThrows(LoupeException.class, () -> history.compare(now, 0.95));
    assertTrue(refused.getMessage().contains("history.jsonl:2: "), refused::getMessage);
  }

  /**
   * Three counts, one relation gone, one new; the page is opened in a browser by loupe-web's tests;
   * {@code -Dloupe.write=true} makes it anew.
   */
  @Test
  void thePageOfTheBrowserTestIsThisOne() throws IOException {
    CorpusHistory history = new CorpusHistory(folder.resolve("history.jsonl"));
    history.append(
        new CorpusHistory.Line(
            "2026-09 <b>first</b> release",
            3,
            List.of(
                new CorpusHistory.Rate("birthday", 400, 120, 40),
                new CorpusHistory.Rate("gone", 10, 1, 1))));
    history.append(
        new CorpusHistory.Line(
            "2026-10", 4, List.of(new CorpusHistory.Rate("birthday", 500, 100, 50))));
    CorpusReport counted = count(tables(), file("facts.csv", TABLE));
    counted =
        new CorpusReport(
            counted.level(),
            counted.delta(),
            counted.documents(),
            counted.all(),
            counted.relations(),
            counted.relations(),
            1,
            counted.change(),
            counted.history(),
            counted.notes());
    CorpusHistory.Line now = CorpusHistory.line(counted, "2026-11");
    CorpusReport report = counted.with(history.compare(now, 0.95), history.until(now, 0.95));
    assertEquals(
        List.of(0.3, 0.2, 0.25),
        report.history().stream().map(each -> each.rates().getFirst().singletonRate()).toList());
    String page = CorpusPage.of(report);
    Path file =
        Path.of(System.getProperty("loupe.root", ".."))
            .resolve("loupe-web/src/test/resources/fixtures/audit/corpus.html");
    if (Boolean.getBoolean("loupe.write")) {
      Files.createDirectories(file.getParent());
      Files.writeString(file, page);
    }
    assertEquals(page, Files.readString(file), file + ": make it anew with -Dloupe.write=true");
  }

  /** Points and bars stand at their values: the axis goes to the next round number. */
  @Test
  void theCurveStandsAtItsValues() throws IOException {
    CorpusReport counted = count(tables(), file("facts.csv", TABLE));
    CorpusHistory.Line line =
        new CorpusHistory.Line("a", 1, List.of(new CorpusHistory.Rate("home", 10_000, 1_000, 200)));
    CorpusHistory.Line later =
        new CorpusHistory.Line("b", 1, List.of(new CorpusHistory.Rate("home", 10_000, 1_500, 200)));
    CorpusHistory history = new CorpusHistory(folder.resolve("history.jsonl"));
    history.append(line);
    String page =
        CorpusPage.of(counted.with(history.compare(later, 0.95), history.until(later, 0.95)));
    // From 34 to 274 in both directions, 0 below; the top is 0.2.
    assertTrue(page.contains("<path class=\"curve\" d=\"M34.0 154.0L274.0 94.0\"/>"), page);
    assertTrue(page.contains(">0.2</text>"), page);
    assertTrue(page.contains("b: 0.1500 [0.1"), page);
    assertFalse(CorpusPage.of(counted).contains("over time"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "relation,subject\nbirthday,Ada\n",
        "relation,subject,object\nbirthday,,May\n",
        "{\"facts\": [{\"object\": 1}]}",
        "{\"facts\": []}"
      })
  void refusedWithARemedy(String content) throws IOException {
    Path file = file("facts.jsonl", content);
    LoupeException refused = assertThrows(LoupeException.class, () -> count(tables(), file));
    assertFalse(refused.remedy().isBlank());
  }

  @Test
  void aPatternNeedsItsGroups() {
    assertThrows(LoupeException.class, () -> texts("(?<subject>x)"));
  }
}
