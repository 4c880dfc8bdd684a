package dev.loupe.cli.audit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.cli.Ran;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class AuditCommandTest {
  @TempDir private Path folder;

  /**
   * The guesser is right 60 times and wrong 40 times, the careful one right 50 times, then silent.
   */
  private String table() throws IOException {
    StringBuilder rows = new StringBuilder("id,system,outcome,confidence\n");
    for (int i = 0; i < 100; i++) {
      rows.append("q%d,guesser,%s,0.%d\n".formatted(i, i < 60 ? "correct" : "wrong", 9 - i / 20));
      rows.append("q%d,careful,%s,\n".formatted(i, i < 50 ? "correct" : "abstained"));
    }
    Path file = folder.resolve("answers.csv");
    Files.writeString(file, rows.toString());
    return file.toString();
  }

  @Test
  void theOrderChangesWithTheTarget() throws IOException {
    Path page = folder.resolve("board.html");
    Ran ran = Ran.loupe("audit", "leaderboard", table(), "--html", page.toString());
    assertEquals(0, ran.exitCode(), ran::err);
    assertTrue(
        ran.out()
            .startsWith("3 orders change with the target; 3 of these changes are certain at 95%"),
        ran::out);
    assertTrue(ran.out().contains("guesser and careful: equal at t = 0.200"), ran::out);
    String html = Files.readString(page);
    assertTrue(html.contains("Reliability diagram") && !html.contains("http"), html);
  }

  @Test
  void figuresOfEachSystem() throws IOException {
    Ran ran = Ran.loupe("audit", "answers", table(), "--target", "0,0.5");
    assertEquals(0, ran.exitCode(), ran::err);
    assertTrue(ran.out().contains("60.0% [50.2, 69.1]   60 of 100, Wilson"), ran::out);
    assertTrue(ran.out().contains("0.0% [0.0, 3.7]   0 of 100, Wilson"), ran::out);
    assertTrue(ran.out().contains("score at t = 0.5"), ran::out);
    assertFalse(ran.out().contains("t = 0.9"), ran::out);
  }

  /** What an evaluation lead sends on: the answers, what targets do, and the corpus over time. */
  @Test
  void onePageWithAllAndOneTable() throws IOException {
    Path page = folder.resolve("all.html");
    Path csv = folder.resolve("all.csv");
    Path asked = folder.resolve("asked.json");
    Path history = folder.resolve("history.jsonl");
    Files.writeString(
        asked,
        """
        {"schema": "loupe.audit-ask/1", "model": "<b>m</b>", "steps": [
         {"target": 0, "counts": {"right": 3, "wrong": 7}, "verdict": "MEETS"},
         {"target": 0.5, "counts": {"abstained": 10}, "verdict": "NO_ANSWERS"}]}
        """);
    Files.writeString(
        history,
        """
        {"when": "a", "documents": 9, "rates": [{"name": "home", "examples": 400, "once": 120, "twice": 9}]}
        """);
    List<String> arguments =
        List.of("audit", "answers", table(), "--html", page.toString(), "--csv", csv.toString());
    Ran ran = more(arguments, "--asked", asked, "--singletons", history);
    assertEquals(0, ran.exitCode(), ran::err);
    String html = Files.readString(page);
    assertTrue(html.contains("Behavioural calibration of &lt;b&gt;m"), html);
    assertTrue(html.contains("30.0%<span class=\"ends\">[10.8, 60.3]"), html);
    assertTrue(html.contains("Singleton rate of home over time"), html);
    String rows = Files.readString(csv);
    assertTrue(rows.contains(",guesser,,score,0.5,0.2"), rows);
    assertTrue(rows.contains("\"60 of 100, Wilson\""), rows);
    assertTrue(rows.contains(",guesser,careful,equal at t,,0."), rows);
    assertEquals(3, more(arguments, "--asked", history, "--singletons", history).exitCode());
    Path none = folder.resolve("none");
    assertEquals(3, more(arguments, "--asked", asked, "--singletons", none).exitCode());
  }

  private static Ran more(List<String> arguments, Object... others) {
    return Ran.loupe(
        Stream.concat(arguments.stream(), Stream.of(others).map(String::valueOf))
            .toArray(String[]::new));
  }

  @Test
  void asJson() throws IOException {
    Ran ran = Ran.loupe("audit", "answers", table(), "--json", "-");
    JsonNode root = JsonMapper.shared().readTree(ran.out());
    assertEquals("loupe.audit/1", root.get("schema").asString());
    assertEquals(0.6, root.get("systems").get(0).get("accuracy").get("value").asDouble());
    assertEquals(4, root.get("systems").get(1).get("scores").size());
  }

  /** The second count has other facts: exit code 5, and both counts on the page. */
  @Test
  void aCorpusOverTime() throws IOException {
    StringBuilder rows = new StringBuilder("relation,subject,object\n");
    for (int i = 0; i < 400; i++) {
      rows.append("home,person %d,Rome\n".formatted(i / 2));
    }
    Path facts = folder.resolve("facts.csv");
    Path page = folder.resolve("rates.html");
    Files.writeString(facts, rows);
    String[] arguments = {
      "audit",
      "corpus",
      facts.toString(),
      "--history",
      folder.resolve("h.jsonl").toString(),
      "--append",
      "--html",
      page.toString(),
      "--when",
      "first"
    };
    Ran first = Ran.loupe(arguments);
    assertEquals(0, first.exitCode(), first::err);
    assertTrue(Files.readString(page).contains("Singleton rate of home over time"));
    for (int i = 0; i < 200; i++) {
      rows.append("home,new person %d,Rome\n".formatted(i));
    }
    Files.writeString(facts, rows);
    arguments[9] = "second";
    Ran second = Ran.loupe(arguments);
    assertEquals(5, second.exitCode(), second::err);
    String html = Files.readString(page);
    assertTrue(html.contains("Changed from first to second") && !html.contains("http"), html);
  }

  @Test
  void benchmarks() {
    Ran ran = Ran.loupe("audit", "benchmarks", "--json", "-");
    assertEquals(0, ran.exitCode(), ran::err);
    assertEquals(10, JsonMapper.shared().readTree(ran.out()).get("benchmarks").size());
  }

  @Test
  void refused() throws IOException {
    assertEquals(2, Ran.loupe("audit", "answers", table(), "--target", "0.5,0.2").exitCode());
    assertEquals(2, Ran.loupe("audit", "answers", table(), "--target", "1").exitCode());
    assertEquals(2, Ran.loupe("audit", "answers", table(), "--abstained", "(").exitCode());
    Ran missing = Ran.loupe("audit", "answers", table(), "--outcome", "grade");
    assertEquals(3, missing.exitCode());
    assertTrue(missing.err().contains("--outcome"), missing::err);
  }
}
