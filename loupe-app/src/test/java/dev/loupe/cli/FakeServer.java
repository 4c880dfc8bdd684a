package dev.loupe.cli;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * A model named tiny behind a local server of OpenAI's interface, which counts what it is asked.
 */
public final class FakeServer implements AutoCloseable {
  private final HttpServer http;
  private final AtomicInteger calls = new AtomicInteger();

  /**
   * Starts it.
   *
   * @param route such as {@code /v1/completions}
   * @param answers fills the one choice of an answer to a question
   */
  public FakeServer(String route, BiConsumer<JsonNode, ObjectNode> answers) throws IOException {
    http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    http.createContext(route, exchange -> answer(exchange, answers));
    http.start();
  }

  private void answer(HttpExchange exchange, BiConsumer<JsonNode, ObjectNode> answers)
      throws IOException {
    calls.incrementAndGet();
    JsonNode question = JsonMapper.shared().readTree(exchange.getRequestBody().readAllBytes());
    ObjectNode root = JsonMapper.shared().createObjectNode();
    answers.accept(question, root.putArray("choices").addObject().put("finish_reason", "stop"));
    byte[] bytes = root.toString().getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(200, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  /** The options that name it. */
  public List<String> options() {
    return List.of(
        "--server", "http://localhost:" + http.getAddress().getPort(), "--api-model", "tiny");
  }

  /** How often it was asked. */
  public int calls() {
    return calls.get();
  }

  @Override
  public void close() {
    http.stop(0);
  }
}
