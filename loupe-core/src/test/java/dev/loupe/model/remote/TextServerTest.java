package dev.loupe.model.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.loupe.fault.LoupeException;
import dev.loupe.model.text.Prompt;
import dev.loupe.model.text.TextModel.Answer;
import dev.loupe.model.text.TextModel.Continuation;
import dev.loupe.model.text.TextScore;
import dev.loupe.tokenizer.Message;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** A local server that speaks as others do, and one that means harm. */
class TextServerTest {
  /** How the server speaks. */
  enum Manner {
    /** {@code echo} gives the prompt's tokens. */
    VLLM_ECHO,
    /** Refuses {@code echo}; {@code prompt_logprobs} gives them, after a token of its own. */
    VLLM_PROMPT,
    /** Ignores both; gives those of what it generates. */
    LLAMA_CPP,
    /** Ignores both; gives none. */
    OLLAMA
  }

  /** What a hostile server does. */
  enum Harm {
    WRONG_JSON,
    ANOTHER_TEXT,
    CUT_SHORT,
    STALLED,
    ENDLESS,
    REPEATED,
    STAMMERING,
    CUT_CHARACTERS,
    TOO_LONG,
    POSITIVE,
    MISSING,
    EMPTY
  }

  @TempDir private Path folder;
  private final List<JsonNode> asked = Collections.synchronizedList(new ArrayList<>());
  private final AtomicInteger busy = new AtomicInteger();
  private Manner manner = Manner.VLLM_ECHO;
  private Optional<Harm> harm = Optional.empty();
  private final CountDownLatch over = new CountDownLatch(1);
  private HttpServer http;

  @BeforeEach
  void start() throws IOException {
    http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    http.setExecutor(Executors.newCachedThreadPool());
    http.createContext("/v1/completions", this::complete);
    http.createContext("/v1/chat/completions", this::chat);
    http.start();
  }

  @AfterEach
  void stop() {
    over.countDown();
    http.stop(0);
  }

  private TextServer server() {
    return server(Duration.ofMinutes(1));
  }

  private TextServer server(Duration patience) {
    return new TextServer(
        "http://localhost:" + http.getAddress().getPort(),
        "tiny",
        new Transport("tiny", Optional.empty(), _ -> {}, patience),
        Optional.of(folder));
  }

  private void complete(HttpExchange exchange) throws IOException {
    JsonNode question = JsonMapper.shared().readTree(exchange.getRequestBody().readAllBytes());
    asked.add(question);
    if (busy.getAndDecrement() > 0) {
      send(exchange, 503, "later");
      return;
    }
    if (manner == Manner.VLLM_PROMPT && question.has("echo")) {
      send(exchange, 400, "{\"error\": \"echo is not supported\"}");
      return;
    }
    boolean isProbe = question.path("prompt").asString().equals("one two three");
    if (harm.isPresent() && !isProbe) {
      harm(exchange, harm.get(), question);
      return;
    }
    send(exchange, 200, answer(question, question.path("prompt").asString()));
  }

  /** Each word, with the space before it, is a token of log-probability −length/4. */
  private String answer(JsonNode question, String prompt) {
    ObjectNode root = JsonMapper.shared().createObjectNode();
    ObjectNode choice = root.putArray("choices").addObject();
    choice.put("finish_reason", "length");
    boolean echoes = manner == Manner.VLLM_ECHO && question.path("echo").asBoolean(false);
    choice.put("text", (echoes ? prompt : "") + " next");
    List<String> words = new ArrayList<>();
    Matcher matcher = Pattern.compile("\\s*\\S+").matcher(prompt);
    while (matcher.find()) {
      words.add(matcher.group());
    }
    if (echoes || (manner == Manner.LLAMA_CPP && question.has("logprobs"))) {
      ObjectNode values = choice.putObject("logprobs");
      ArrayNode tokens = values.putArray("tokens");
      ArrayNode numbers = values.putArray("token_logprobs");
      for (int i = 0; echoes && i < words.size(); i++) {
        tokens.add(words.get(i));
        if (i == 0) {
          numbers.addNull();
        } else {
          numbers.add(-words.get(i).length() / 4.0);
        }
      }
      tokens.add(" next");
      numbers.add(-0.5);
    } else {
      choice.putNull("logprobs");
    }
    if (manner == Manner.VLLM_PROMPT && question.has("prompt_logprobs")) {
      ArrayNode places = choice.putArray("prompt_logprobs");
      places.addNull(); // the token that begins a text
      for (String word : words) {
        places
            .addObject()
            .putObject(String.valueOf(word.hashCode()))
            .put("logprob", -word.length() / 4.0)
            .put("rank", 1)
            .put("decoded_token", word);
      }
    }
    return root.toString();
  }

  private void chat(HttpExchange exchange) throws IOException {
    asked.add(JsonMapper.shared().readTree(exchange.getRequestBody().readAllBytes()));
    send(
        exchange,
        200,
        "{\"choices\": [{\"finish_reason\": \"stop\", \"message\": {\"content\": \"Paris\"}}]}");
  }

  private void harm(HttpExchange exchange, Harm kind, JsonNode question) throws IOException {
    switch (kind) {
      case WRONG_JSON -> send(exchange, 200, "{\"choices\": [");
      case ANOTHER_TEXT -> send(exchange, 200, answer(question, "some other text"));
      case POSITIVE ->
          send(
              exchange,
              200,
              answer(question, question.path("prompt").asString()).replace(",-", ","));
      case MISSING ->
          send(
              exchange,
              200,
              answer(question, question.path("prompt").asString()).replaceAll("-[0-9.]+", "null"));
      case EMPTY -> send(exchange, 200, "{}");
      case REPEATED -> {
        String answer = answer(question, question.path("prompt").asString());
        send(exchange, 200, answer + answer);
      }
      case STAMMERING ->
          send(exchange, 200, answer(question, question.path("prompt").asString().repeat(2)));
      case CUT_CHARACTERS ->
          send(
              exchange,
              200,
              answer(question, question.path("prompt").asString()).replace("cc", "\ufffd\ufffd"));
      case TOO_LONG -> send(exchange, 400, "{\"error\": \"the context length is 8 tokens\"}");
      case STALLED -> {
        exchange.sendResponseHeaders(200, 0);
        exchange.getResponseBody().write("{\"choices\": [{".getBytes(StandardCharsets.UTF_8));
        exchange.getResponseBody().flush();
        try {
          over.await();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
        exchange.close();
      }
      case CUT_SHORT -> {
        exchange.sendResponseHeaders(200, 1000);
        exchange.getResponseBody().write("{\"choices\": [{".getBytes(StandardCharsets.UTF_8));
        exchange.getResponseBody().flush();
        exchange.close();
      }
      case ENDLESS -> {
        exchange.sendResponseHeaders(200, 0);
        byte[] block = new byte[1 << 16];
        try (OutputStream out = exchange.getResponseBody()) {
          for (int i = 0; i < 1 << 12; i++) {
            out.write(block);
          }
        } catch (IOException e) {
          exchange.close(); // the client has hung up
        }
      }
    }
  }

  private static void send(HttpExchange exchange, int status, String body) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  private static Continuation continuation(String prompt, String text) {
    return new Continuation(Prompt.of(prompt), text);
  }

  @ParameterizedTest
  @EnumSource(
      value = Manner.class,
      names = {"VLLM_ECHO", "VLLM_PROMPT"})
  void scoresTheContinuationsTokensAlone(Manner each) {
    manner = each;
    try (TextServer server = server()) {
      List<TextScore> scores =
          server.score(
              List.of(
                  continuation("The capital of France is", " Paris today"),
                  continuation("Capital is", " Rome")),
              _ -> {});
      assertEquals(List.of(" Paris", " today"), scores.getFirst().tokens());
      assertEquals(-3, scores.getFirst().sum(), 1e-12);
      assertEquals(-1.5, scores.getFirst().mean(), 1e-12);
      assertEquals(List.of(" Rome"), scores.getLast().tokens());
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Manner.class,
      names = {"LLAMA_CPP", "OLLAMA"})
  void aServerWithoutLogProbabilitiesIsRefusedWithTheAlternative(Manner each) {
    manner = each;
    try (TextServer server = server()) {
      LoupeException why = server.whyNoScores(Prompt.of("a b")).orElseThrow();
      assertTrue(why.getMessage().contains("no log-probabilities"), why.getMessage());
      assertTrue(why.remedy().contains("rouge"), why.remedy());
      assertThrows(
          LoupeException.class, () -> server.score(List.of(continuation("a b", " c")), _ -> {}));
      List<Answer> answers = server.answer(List.of(Prompt.of("a b")), 5, _ -> {});
      assertEquals(List.of(new Answer(" next", false)), answers);
    }
  }

  @Test
  void conversationsAreAnsweredAndNotScored() {
    Prompt chat = new Prompt.Chat(List.of(new Message("user", "Capital of France?")));
    try (TextServer server = server()) {
      assertEquals(List.of(new Answer("Paris", true)), server.answer(List.of(chat), 5, _ -> {}));
      assertTrue(server.whyNoScores(chat).isPresent());
    }
    JsonNode question = asked.getFirst();
    assertEquals(0, question.path("temperature").asInt(-1));
    assertEquals("user", question.path("messages").path(0).path("role").asString());
  }

  @Test
  void noQuestionIsAskedTwice() {
    List<Continuation> twice =
        List.of(continuation("a b", " c"), continuation("a b", " c"), continuation("d e", " f"));
    try (TextServer server = server()) {
      server.score(twice, _ -> {});
      assertEquals(3, server.calls(), "the probe and two texts");
    }
    int sent = asked.size();
    try (TextServer again = server()) {
      assertEquals(3, again.score(twice, _ -> {}).size());
      assertEquals(0, again.calls());
    }
    assertEquals(sent, asked.size());
  }

  @Test
  void aBusyServerIsAskedAgain() {
    busy.set(2);
    try (TextServer server = server()) {
      assertEquals(
          -0.5, server.score(List.of(continuation("a b", " c")), _ -> {}).getFirst().sum());
    }
  }

  @ParameterizedTest
  @EnumSource(Harm.class)
  void aHostileAnswerIsRefusedAndNotKept(Harm each) {
    harm = Optional.of(each);
    try (TextServer server = each == Harm.STALLED ? server(Duration.ofSeconds(2)) : server()) {
      LoupeException error =
          assertThrows(
              LoupeException.class,
              () -> server.score(List.of(continuation("a b", " cc")), _ -> {}));
      assertFalse(error.remedy().isBlank());
    }
    harm = Optional.empty();
    try (TextServer server = server()) {
      assertEquals(
          -0.75, server.score(List.of(continuation("a b", " cc")), _ -> {}).getFirst().sum());
    }
  }

  private LoupeException refused(Harm each, String continuation) {
    harm = Optional.of(each);
    try (TextServer server = server()) {
      return assertThrows(
          LoupeException.class,
          () -> server.score(List.of(continuation("a b", continuation)), _ -> {}));
    }
  }

  @Test
  void whatTheServerCannotScoreIsNamedWithTheWayOut() {
    LoupeException cut = refused(Harm.CUT_CHARACTERS, " cc");
    assertTrue(cut.getMessage().contains("“cc”"), cut.getMessage());
    assertTrue(cut.remedy().contains("rouge"), cut.remedy());
    LoupeException tooLong = refused(Harm.TOO_LONG, " dd");
    assertTrue(tooLong.getMessage().contains("8 tokens"), tooLong.getMessage());
    assertTrue(tooLong.remedy().contains("shortened"), tooLong.remedy());
  }

  @Test
  void anEmptyPromptIsRefused() {
    try (TextServer server = server()) {
      LoupeException error =
          assertThrows(
              LoupeException.class, () -> server.score(List.of(continuation("", "c")), _ -> {}));
      assertTrue(error.remedy().contains("`fixed`"), error.remedy());
    }
  }
}
