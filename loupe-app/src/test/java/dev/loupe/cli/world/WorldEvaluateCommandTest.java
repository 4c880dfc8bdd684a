package dev.loupe.cli.world;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.cli.Ran;
import dev.loupe.cli.terminal.ExitCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A model that has learned next to nothing of a tiny world is asked everything. */
class WorldEvaluateCommandTest {
  @TempDir static Path folder;

  private static Path world;
  private static Path model;

  @BeforeAll
  static void aWorldAndAModel() {
    world = folder.resolve("world");
    model = folder.resolve("model");
    Ran written = Ran.loupe("world", "generate", "--scale", "0.01", "--out", world.toString());
    assertEquals(0, written.exitCode(), written.err());
    Ran trained =
        Ran.loupe(
            "train",
            world.resolve("corpus.jsonl.gz").toString(),
            "--out",
            model.toString(),
            "--vocabulary",
            "3000",
            "--context",
            "256",
            "--layers",
            "1",
            "--width",
            "32",
            "--heads",
            "2",
            "--tokenizer-also",
            world.resolve("chat-abstain.jsonl.gz").toString(),
            "--steps",
            "3",
            "--batch",
            "4",
            "--threads",
            "1",
            "--dtype",
            "float32");
    assertEquals(0, trained.exitCode(), trained.err());
  }

  private static Ran evaluate(String... more) {
    String[] usual = {"world", "evaluate", "--model", model.toString(), "--scale", "0.01"};
    String[] all = Arrays.copyOf(usual, usual.length + more.length);
    System.arraycopy(more, 0, all, usual.length, more.length);
    return Ran.loupe(all);
  }

  /** Questions with an answer, by task. */
  private static Map<String, Integer> written() throws IOException {
    Map<String, Integer> counts = new HashMap<>();
    for (String line : Files.readAllLines(world.resolve("questions.jsonl"))) {
      JsonNode question = JsonMapper.shared().readTree(line);
      counts.merge(question.path("task").asString(), 1, Integer::sum);
    }
    return counts;
  }

  @Test
  void asksEveryQuestionOfTheWorldAndJudgesTheGoals() throws IOException {
    Ran ran = evaluate("--json", "-");
    assertEquals(0, ran.exitCode(), ran.err());
    JsonNode json = JsonMapper.shared().readTree(ran.out());
    assertEquals("loupe.examination/1", json.path("schema").asString());
    Map<String, Integer> asked = new HashMap<>();
    for (JsonNode part : json.path("parts")) {
      asked.merge(part.path("task").asString(), part.path("total").asInt(), Integer::sum);
      assertTrue(part.path("low").asDouble() <= part.path("share").asDouble());
      assertTrue(part.path("high").asDouble() >= part.path("share").asDouble());
    }
    Map<String, Integer> expected = written();
    int years = expected.getOrDefault("greater-than", 0);
    expected.remove("greater-than");
    expected.keySet().removeIf(task -> task.startsWith("chat-"));
    assertEquals(expected, asked);
    assertEquals(years, json.path("greaterThan").path("prompts").asInt());
    double difference = json.path("greaterThan").path("difference").asDouble();
    assertTrue(Math.abs(difference) < 0.5, "an untrained model prefers years by " + difference);
    int facts = 0;
    for (JsonNode bin : json.path("calibration").path("bins")) {
      facts += bin.path("count").asInt();
    }
    assertEquals(
        asked.getOrDefault("birthday", 0)
            + asked.getOrDefault("attribute", 0)
            + asked.getOrDefault("geography-1", 0)
            + asked.getOrDefault("player-1", 0),
        facts);
    assertTrue(json.path("goals").size() > 10);
    assertTrue(json.path("goals").valueStream().anyMatch(goal -> !goal.path("met").asBoolean()));
  }

  @Test
  void asksInConversationsToo() throws IOException {
    Ran ran = evaluate("--chat", "--json", "-");
    assertEquals(0, ran.exitCode(), ran.err());
    Map<String, Integer> asked = new HashMap<>();
    for (JsonNode part : JsonMapper.shared().readTree(ran.out()).path("parts")) {
      asked.merge(part.path("task").asString(), part.path("total").asInt(), Integer::sum);
    }
    assertEquals(asked.get("chat-known"), asked.remove("chat-known-refused"));
    Map<String, Integer> expected = written();
    expected.keySet().removeIf(task -> !task.startsWith("chat-"));
    assertEquals(expected, asked);
  }

  @Test
  void aWorldOutOfRangeIsRefused() {
    Ran ran = Ran.loupe("world", "evaluate", "--model", model.toString(), "--scale", "7");
    assertEquals(ExitCode.BAD_INPUT.number(), ran.exitCode());
    assertTrue(ran.err().contains("scale"), ran.err());
  }

  @Test
  void printsTheTableForAPerson() {
    Ran ran = evaluate();
    assertTrue(ran.out().contains("expected calibration error"), ran.out());
    assertTrue(ran.out().contains("missed"), ran.out());
  }

  @Test
  void anInstrumentNeedsAModelThatAnswersSomethingRight() {
    Ran ran = evaluate("--instrument", "trace", "--questions", "2");
    assertEquals(ExitCode.BAD_INPUT.number(), ran.exitCode(), ran.err());
    assertTrue(ran.err().contains("answers none of the"), ran.err());
    assertTrue(ran.err().contains("trained on this world"), ran.err());
  }
}
