package dev.loupe.cli.explain;

import dev.loupe.fault.LoupeException;
import dev.loupe.file.JsonText;
import dev.loupe.tokenizer.Message;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** Messages as OpenAI's interface writes them: a list, or an object that holds one. */
final class MessagesJson {
  private MessagesJson() {}

  /**
   * The messages of a text.
   *
   * @throws LoupeException if it is not JSON, or a message lacks its role or content
   */
  static List<Message> read(String json) {
    JsonNode root;
    try {
      root = JsonText.mapper().readTree(json);
    } catch (JacksonException e) {
      throw wrong("it is not JSON: " + JsonText.why(e));
    }
    JsonNode list = root.isObject() ? root.path("messages") : root;
    if (!list.isArray() || list.isEmpty()) {
      throw wrong("it is no list with at least one message");
    }
    List<Message> messages = new ArrayList<>();
    for (JsonNode each : list) {
      if (!each.path("role").isString() || !each.path("content").isString()) {
        throw wrong("message %d lacks role or content as text".formatted(messages.size() + 1));
      }
      messages.add(new Message(each.path("role").asString(), each.path("content").asString()));
    }
    return messages;
  }

  private static LoupeException wrong(String why) {
    return LoupeException.badInput(
        "the prompt is no conversation (--messages): " + why,
        "Write it as [{\"role\": \"user\", \"content\": \"Why is the sky blue?\"}].");
  }
}
