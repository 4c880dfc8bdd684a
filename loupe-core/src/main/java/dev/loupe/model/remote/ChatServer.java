package dev.loupe.model.remote;

import dev.loupe.fault.LoupeException;
import dev.loupe.tokenizer.Message;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A chat model behind {@code /v1/chat/completions}. Answers are asked for at temperature 0. The key
 * comes from the environment and is sent only to the server: no message ever contains it. A server
 * that is busy is asked again a few times, after the delay it gives or ever longer pauses.
 */
public final class ChatServer implements AutoCloseable {
  /** The variables that may hold the key, the first that is set. */
  public static final List<String> KEYS = List.of("LOUPE_API_KEY", "OPENAI_API_KEY");

  private static final Set<Integer> BUSY = Set.of(429, 500, 502, 503, 504);
  private static final int ATTEMPTS = 4;
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);
  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final int LARGEST_ANSWER = 4 << 20;
  private static final int SHOWN = 200;

  private final URI endpoint;
  private final String model;
  private final Optional<String> key;
  private final Pause pause;
  private final HttpClient client;

  /** Waits between two attempts. */
  @FunctionalInterface
  interface Pause {
    void of(Duration time) throws InterruptedException;
  }

  ChatServer(URI endpoint, String model, Optional<String> key, Pause pause) {
    this.endpoint = endpoint;
    this.model = model;
    this.key = key;
    this.pause = pause;
    this.client = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(20)).build();
  }

  /**
   * A server; it is not asked yet.
   *
   * @param url its root, for example {@code http://localhost:8000/v1}
   * @param model as the server names it
   * @param environment where the key is looked for
   * @throws LoupeException if the address is none, or a key would travel unencrypted
   */
  public static ChatServer of(String url, String model, Map<String, String> environment) {
    return new ChatServer(endpoint(url), model, key(url, environment), Thread::sleep);
  }

  static URI endpoint(String url) {
    URI root;
    try {
      root = URI.create(url.replaceAll("/+$", ""));
    } catch (IllegalArgumentException e) {
      throw noAddress(url);
    }
    if (!Set.of("http", "https").contains(String.valueOf(root.getScheme()))
        || root.getHost() == null
        || root.getUserInfo() != null) {
      throw noAddress(url);
    }
    String path = String.valueOf(root.getPath());
    if (path.endsWith("/chat/completions")) {
      return root;
    }
    return URI.create(root + (path.isEmpty() ? "/v1" : "") + "/chat/completions");
  }

  private static LoupeException noAddress(String url) {
    return LoupeException.badInput(
        "'" + url + "' is not the address of a server",
        "Write http:// or https://, a name, and where it needs one a path, for example"
            + " http://localhost:8000/v1.");
  }

  static Optional<String> key(String url, Map<String, String> environment) {
    Optional<String> key =
        KEYS.stream()
            .map(name -> environment.getOrDefault(name, "").strip())
            .filter(value -> !value.isEmpty())
            .findFirst();
    URI address = endpoint(url);
    boolean here =
        Set.of("localhost", "127.0.0.1", "[::1]").contains(String.valueOf(address.getHost()));
    if (key.isPresent() && !here && address.getScheme().equals("http")) {
      throw LoupeException.badInput(
          "the key for " + url + " would travel unencrypted",
          "Use https://, or unset " + String.join(" and ", KEYS) + ".");
    }
    return key;
  }

  /** The model's name, as the server knows it. */
  public String model() {
    return model;
  }

  /**
   * Asks and waits.
   *
   * @param most tokens of the answer
   * @throws LoupeException if the server cannot be reached, refuses, stays busy, or answers what is
   *     not a chat completion
   */
  public String answer(List<Message> messages, int most) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(endpoint)
            .timeout(PATIENCE)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(question(messages, most)));
    key.ifPresent(value -> request.header("Authorization", "Bearer " + value));
    try {
      for (int attempt = 1; ; attempt++) {
        HttpResponse<InputStream> response =
            client.send(request.build(), BodyHandlers.ofInputStream());
        String body = read(response);
        if (response.statusCode() == 200) {
          return content(body);
        }
        if (!BUSY.contains(response.statusCode()) || attempt == ATTEMPTS) {
          throw refused(response.statusCode(), body);
        }
        pause.of(wait(response, attempt));
      }
    } catch (IOException e) {
      throw LoupeException.badInput(
          endpoint + ": cannot be reached (" + e + ")",
          "Check the address and that the server runs.",
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw LoupeException.resource(endpoint + ": interrupted", "Ask again.", e);
    }
  }

  private String question(List<Message> messages, int most) {
    ObjectNode root = JsonMapper.shared().createObjectNode();
    root.put("model", model).put("temperature", 0).put("max_tokens", most);
    ArrayNode turns = root.putArray("messages");
    messages.forEach(
        message -> turns.addObject().put("role", message.role()).put("content", message.content()));
    return JsonMapper.shared().writeValueAsString(root);
  }

  private String read(HttpResponse<InputStream> response) throws IOException {
    try (InputStream in = response.body()) {
      byte[] bytes = in.readNBytes(LARGEST_ANSWER + 1);
      if (bytes.length > LARGEST_ANSWER) {
        throw garbage(String.format(Locale.ROOT, "more than %,d bytes", LARGEST_ANSWER));
      }
      return new String(bytes, StandardCharsets.UTF_8);
    }
  }

  private static Duration wait(HttpResponse<?> response, int attempt) {
    Duration usual = Duration.ofSeconds(1L << (attempt - 1));
    Duration asked =
        response
            .headers()
            .firstValue("Retry-After")
            .filter(value -> value.matches("\\d{1,4}"))
            .map(value -> Duration.ofSeconds(Long.parseLong(value)))
            .orElse(usual);
    return asked.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : asked;
  }

  private String content(String body) {
    try {
      JsonNode content =
          JsonMapper.shared()
              .readTree(body)
              .path("choices")
              .path(0)
              .path("message")
              .path("content");
      if (content.isString()) {
        return content.asString();
      }
      throw garbage("no choices[0].message.content: " + brief(body));
    } catch (JacksonException e) {
      throw garbage("something that is not JSON: " + brief(body));
    }
  }

  private LoupeException refused(int status, String body) {
    String said = "%s: answered %d: %s".formatted(endpoint, status, brief(body));
    return switch (status) {
      case 401, 403 ->
          LoupeException.badInput(
              key.isPresent() ? said : said + " (no key was sent)",
              "Set " + KEYS.getFirst() + " to a key that the server accepts.");
      case 404 ->
          LoupeException.badInput(
              said, "Check the address and whether the server has the model '" + model + "'.");
      case 429 ->
          LoupeException.resource(said, "The server's rate limit is reached: try again later.");
      default -> LoupeException.badInput(said, "Look at the server's own log.");
    };
  }

  private LoupeException garbage(String what) {
    return LoupeException.badInput(
        endpoint + ": answered " + what,
        "Check that the address is that of an OpenAI-compatible server, such as"
            + " http://localhost:8000/v1.");
  }

  /** The beginning of an answer on one line, without the key if the server repeats it. */
  private String brief(String body) {
    String hidden = key.map(value -> body.replace(value, "…")).orElse(body);
    String line = hidden.replaceAll("\\s+", " ").strip();
    return line.length() <= SHOWN ? line : line.substring(0, SHOWN) + "…";
  }

  @Override
  public void close() {
    client.close();
  }
}
