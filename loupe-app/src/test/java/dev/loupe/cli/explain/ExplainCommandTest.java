package dev.loupe.cli.explain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.cli.FakeServer;
import dev.loupe.cli.Ran;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Explanations of a model behind a local server, whose answer hangs on the word “key”. */
class ExplainCommandTest {
  private static final String TEXT = "we lost the key in the old house";

  @TempDir private Path folder;
  private FakeServer server;

  @BeforeEach
  void start() throws IOException {
    server = new FakeServer("/v1/completions", ExplainCommandTest::complete);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private static void complete(JsonNode question, ObjectNode choice) {
    String prompt = question.path("prompt").asString();
    choice.put("text", " indeed");
    if (question.path("echo").asBoolean(false)) {
      ObjectNode logs = choice.putObject("logprobs");
      ArrayNode tokens = logs.putArray("tokens");
      ArrayNode numbers = logs.putArray("token_logprobs");
      Matcher matcher = Pattern.compile("\\s*\\S+").matcher(prompt);
      while (matcher.find()) {
        tokens.add(matcher.group());
        numbers.add(prompt.contains("key") ? -1 : -3);
      }
    }
  }

  private Ran explain(String... more) {
    List<String> arguments = new ArrayList<>(List.of("explain", TEXT));
    arguments.addAll(server.options());
    arguments.addAll(List.of("--answers", folder.resolve("answers").toString()));
    arguments.addAll(List.of(more));
    return Ran.loupe(arguments.toArray(String[]::new));
  }

  @Test
  void theWordIsShownWithItsNumberAndTheCostIsToldBefore() throws IOException {
    Path json = folder.resolve("out.json");
    Path page = folder.resolve("out.html");
    Ran ran = explain("--json", json.toString(), "--html", page.toString());
    assertEquals(0, ran.exitCode(), ran.err());
    assertTrue(ran.out().contains("key[+2.00]"), ran.out());
    assertTrue(ran.out().contains("indeed"), ran.out());
    assertTrue(ran.err().contains("texts"), ran.err());
    JsonNode finding = JsonMapper.shared().readTree(Files.readString(json));
    assertEquals("loupe.explain/1", finding.path("schema").asString());
    assertEquals(
        "key", finding.path("levels").path(0).path("units").path(3).path("text").asString());
    assertTrue(Files.readString(page).contains("loupe.explain/1"));
    int sent = server.calls();
    assertEquals(0, explain().exitCode());
    assertEquals(sent, server.calls(), "nothing is asked twice");
    try (Stream<Path> kept = Files.list(folder.resolve("answers"))) {
      assertEquals(sent, kept.count());
    }
  }

  @Test
  void answersAreComparedByAnEmbeddingModel() {
    String encoder =
        Path.of(System.getProperty("loupe.root", ".."))
            .resolve("loupe-core/src/test/resources/encoder/embedding")
            .toString();
    Ran ran = explain("--measure", "similarity", "--embedding", encoder, "--draws", "0");
    assertEquals(0, ran.exitCode(), ran.err());
    assertTrue(ran.out().contains("cosine by the embedding model embedding"), ran.out());
    Ran half = explain("--measure", "similarity");
    assertEquals(3, half.exitCode());
    assertTrue(half.err().contains("--embedding"), half.err());
  }

  @Test
  void whatIsNoConversationIsRefused() {
    for (String wrong : List.of("{", "[]", "[{\"role\": \"user\"}]", "7")) {
      Ran ran =
          Ran.loupe(
              "explain",
              wrong,
              "--messages",
              "--server",
              "http://localhost:1",
              "--api-model",
              "tiny");
      assertEquals(3, ran.exitCode(), ran.out());
      assertTrue(ran.err().contains("--messages"), ran.err());
    }
    Ran both = explain("--examples", "Q:", "--segment", "key");
    assertEquals(3, both.exitCode());
    assertTrue(both.err().contains("--examples"), both.err());
    Ran none = explain("--examples", "Q:");
    assertEquals(3, none.exitCode());
    assertTrue(none.err().contains("there are no examples"), none.err());
  }

  @Test
  void anEstimateAsksNothing() {
    Ran ran = explain("--estimate");
    assertEquals(0, ran.exitCode(), ran.err());
    assertTrue(ran.out().contains("assumed second"), ran.out());
    assertEquals(0, server.calls());
  }

  @Test
  void theBudgetAndHalfAServerAreToldAsOptions() {
    Ran poor = explain("--max-calls", "9");
    assertEquals(4, poor.exitCode(), poor.err());
    assertTrue(poor.err().contains("--max-calls"), poor.err());
    assertTrue(server.calls() <= 12, () -> server.calls() + " calls");
    Ran half = Ran.loupe("explain", TEXT, "--server", "http://localhost:1");
    assertEquals(3, half.exitCode());
    assertTrue(half.err().contains("--api-model"), half.err());
  }

  @Test
  void aValueOutOfItsRangeIsToldWithTheOption() {
    for (String[] wrong :
        new String[][] {
          {"--radius", "9"},
          {"--levels", "word,sentence"},
          {"--against", "x", "--measure", "bleu"},
          {"--perturbation", "deletion", "--replacement", "_"}
        }) {
      Ran ran = explain(wrong);
      assertEquals(3, ran.exitCode(), ran.err());
      assertTrue(ran.err().contains(wrong[0]), ran.err());
    }
    assertEquals(0, explain("--method", "l-shap", "--estimate").exitCode());
  }

  @Test
  void whatNeedsTheWeightsIsRefused() {
    Ran ran = explain("--method", "rollout");
    assertEquals(3, ran.exitCode(), ran.err());
    assertTrue(ran.err().contains("weights"), ran.err());
    Ran chat = explain("--chat");
    assertEquals(3, chat.exitCode());
    assertTrue(chat.err().contains("--measure"), chat.err());
  }

  @Test
  void meaningNeverHangsOnColourAlone() {
    Ran plain = explain();
    assertFalse(plain.out().contains("\u001b["));
    assertTrue(plain.out().contains("[+"), plain.out());
  }
}
