package dev.loupe.model.remote;

import dev.loupe.fault.LoupeException;
import dev.loupe.tokenizer.Message;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
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

  private final URI endpoint;
  private final String model;
  private final Transport transport;

  ChatServer(URI endpoint, String model, Optional<String> key, Transport.Pause pause) {
    this.endpoint = endpoint;
    this.model = model;
    this.transport = new Transport(model, key, pause);
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
    return content(transport.post(endpoint, question(messages, most)));
  }

  private String question(List<Message> messages, int most) {
    ObjectNode root = JsonMapper.shared().createObjectNode();
    root.put("model", model).put("temperature", 0).put("max_tokens", most);
    ArrayNode turns = root.putArray("messages");
    messages.forEach(
        message -> turns.addObject().put("role", message.role()).put("content", message.content()));
    return JsonMapper.shared().writeValueAsString(root);
  }

  private String content(String body) {
    JsonNode content = transport.tree(endpoint, body).path("choices").path(0).path("message");
    if (content.path("content").isString()) {
      return content.path("content").asString();
    }
    throw transport.garbage(endpoint, "no choices[0].message.content: " + transport.brief(body));
  }

  @Override
  public void close() {
    transport.close();
  }
}
