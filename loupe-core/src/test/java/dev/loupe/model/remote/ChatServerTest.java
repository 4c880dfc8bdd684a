package dev.loupe.model.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import dev.loupe.fault.LoupeException;
import dev.loupe.tokenizer.Message;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class ChatServerTest {
  private static final String KEY = "sk-very-secret";
  private static final String WELL =
      "{\"choices\": [{\"message\": {\"role\": \"assistant\", \"content\": \"Paris\"}}]}";

  /**
   * @param retry what it asks for in {@code Retry-After}, or nothing
   */
  private record Reply(int status, String body, String retry) {
    Reply(int status, String body) {
      this(status, body, "");
    }
  }

  private final Deque<Reply> replies = new ArrayDeque<>();
  private final List<JsonNode> asked = new ArrayList<>();
  private final List<String> keys = new ArrayList<>();
  private final List<Duration> pauses = new ArrayList<>();
  private HttpServer http;

  @BeforeEach
  void start() throws IOException {
    http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    http.createContext(
        "/v1/chat/completions",
        exchange -> {
          asked.add(JsonMapper.shared().readTree(exchange.getRequestBody().readAllBytes()));
          keys.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
          Reply reply = replies.size() > 1 ? replies.removeFirst() : replies.getFirst();
          if (!reply.retry().isEmpty()) {
            exchange.getResponseHeaders().add("Retry-After", reply.retry());
          }
          byte[] body = reply.body().getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(reply.status(), body.length == 0 ? -1 : body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    http.start();
  }

  @AfterEach
  void stop() {
    http.stop(0);
  }

  private String ask() {
    String url = "http://localhost:" + http.getAddress().getPort();
    try (ChatServer server =
        new ChatServer(ChatServer.endpoint(url), "tiny", Optional.of(KEY), pauses::add)) {
      return server.answer(List.of(new Message("user", "Capital of France?")), 7);
    }
  }

  private LoupeException refused() {
    LoupeException error = assertThrows(LoupeException.class, this::ask);
    assertFalse(error.getMessage().contains(KEY), error.getMessage());
    assertFalse(error.remedy().contains(KEY), error.remedy());
    return error;
  }

  @Test
  void asksAtTemperatureZeroWithTheKeyInItsHeader() {
    replies.add(new Reply(200, WELL));
    assertEquals("Paris", ask());
    JsonNode question = asked.getFirst();
    assertEquals("tiny", question.path("model").asString());
    assertEquals(0, question.path("temperature").asInt());
    assertEquals(7, question.path("max_tokens").asInt());
    assertEquals(
        "Capital of France?", question.path("messages").path(0).path("content").asString());
    assertEquals(List.of("Bearer " + KEY), keys);
  }

  @Test
  void aWrongKeyIsToldWithoutItAndNotTriedAgain() {
    replies.add(new Reply(401, "{\"error\": \"invalid key " + KEY + "\"}"));
    LoupeException error = refused();
    assertTrue(error.getMessage().contains("answered 401"), error.getMessage());
    assertTrue(error.remedy().contains("LOUPE_API_KEY"), error.remedy());
    assertEquals(1, asked.size());
  }

  @Test
  void aBusyServerIsAskedAgainWhenItSays() {
    replies.add(new Reply(429, "slow down", "3"));
    replies.add(new Reply(503, ""));
    replies.add(new Reply(200, WELL));
    assertEquals("Paris", ask());
    assertEquals(List.of(Duration.ofSeconds(3), Duration.ofSeconds(2)), pauses);
  }

  @Test
  void aServerThatStaysBusyIsGivenUp() {
    replies.add(new Reply(429, "quota", "9999"));
    LoupeException error = refused();
    assertEquals(LoupeException.Kind.RESOURCE, error.kind());
    assertEquals(4, asked.size());
    assertEquals(Duration.ofSeconds(30), pauses.getFirst());
  }

  @Test
  void garbageIsTold() {
    for (String body :
        List.of(
            "<html>hello</html>", "{}", "[]", "", "{\"choices\": [{\"message\": {}}]}", "null")) {
      replies.clear();
      replies.add(new Reply(200, body));
      assertTrue(refused().getMessage().contains("answered "), body);
    }
    replies.clear();
    replies.add(new Reply(200, "x".repeat(5 << 20)));
    assertTrue(refused().getMessage().contains("more than"));
  }

  @Test
  void aMissingModelOrServerIsTold() {
    replies.add(new Reply(404, "{\"error\": \"no model\"}"));
    assertTrue(refused().remedy().contains("'tiny'"));
    http.stop(0);
    assertTrue(refused().getMessage().contains("cannot be reached"));
  }

  @Test
  void addressesAreCompleted() {
    assertEquals(
        "http://here:1/v1/chat/completions", ChatServer.endpoint("http://here:1/").toString());
    assertEquals(
        "https://here/api/v1/chat/completions",
        ChatServer.endpoint("https://here/api/v1").toString());
    assertEquals(
        "https://here/x/chat/completions",
        ChatServer.endpoint("https://here/x/chat/completions").toString());
    for (String url : List.of("here", "ftp://here", "http://", "http://me:pw@here", "a b")) {
      assertThrows(LoupeException.class, () -> ChatServer.endpoint(url), url);
    }
  }

  @Test
  void theKeyComesFromTheEnvironmentAndNeverTravelsUnencrypted() {
    Map<String, String> environment = Map.of("OPENAI_API_KEY", KEY);
    assertEquals(Optional.of(KEY), ChatServer.key("https://far/v1", environment));
    assertEquals(Optional.of(KEY), ChatServer.key("http://localhost:1/v1", environment));
    assertEquals(Optional.empty(), ChatServer.key("http://far/v1", Map.of("LOUPE_API_KEY", " ")));
    LoupeException error =
        assertThrows(LoupeException.class, () -> ChatServer.key("http://far/v1", environment));
    assertFalse(error.getMessage().contains(KEY));
    assertEquals(
        Optional.of("own"),
        ChatServer.key("https://far", Map.of("OPENAI_API_KEY", KEY, "LOUPE_API_KEY", "own")));
  }
}
