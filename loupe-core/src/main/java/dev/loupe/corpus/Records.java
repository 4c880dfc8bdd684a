package dev.loupe.corpus;

import dev.loupe.tokenizer.Message;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** Turns a record of a corpus into a document, or says what is wrong with it. */
final class Records {
  /** The first names the kind of document. */
  static final List<String> LABELS = List.of("label", "family", "labels", "concepts");

  private Records() {}

  static void take(JsonNode record, String place, Tally tally) {
    if (!record.isObject()) {
      tally.broken(place, "is not a JSON object");
      return;
    }
    JsonNode id = record.path("id");
    String name = id.isString() || id.isNumber() ? id.asString() : place;
    List<String> labels = labels(record);
    if (record.has("messages")) {
      conversation(name, labels, record.path("messages"), place, tally);
    } else if (record.has("prompt") && record.has("answer")) {
      JsonNode prompt = record.path("prompt");
      JsonNode answer = record.path("answer");
      if (prompt.isString() && answer.isString()) {
        tally.document(
            Document.chat(
                    name,
                    List.of(
                        new Message("user", prompt.asString()),
                        new Message("assistant", answer.asString())))
                .labelled(labels));
      } else {
        tally.broken(place, "prompt and answer are not both texts");
      }
    } else if (!record.path("text").isString()) {
      tally.broken(
          place,
          record.has("text")
              ? "text is not a string"
              : "has neither text, nor messages, nor prompt and answer");
    } else if (record.path("text").asString().isEmpty()) {
      tally.broken(place, "text is empty");
    } else {
      tally.document(Document.text(name, record.path("text").asString()).labelled(labels));
    }
  }

  /** What {@code label} or {@code family}, then {@code labels} and {@code concepts} say. */
  private static List<String> labels(JsonNode record) {
    Set<String> found = new LinkedHashSet<>();
    for (String field : LABELS) {
      JsonNode value = record.path(field);
      if (value.isString()) {
        found.add(value.asString());
      } else if (value.isArray()) {
        value.forEach(each -> {
          if (each.isString()) {
            found.add(each.asString());
          }
        });
      }
    }
    return List.copyOf(found);
  }

  private static void conversation(
      String name, List<String> labels, JsonNode turns, String place, Tally tally) {
    List<Message> messages = new ArrayList<>();
    boolean answered = false;
    for (JsonNode turn : turns) {
      JsonNode role = turn.path("role");
      JsonNode content = turn.path("content");
      if (!role.isString() || !content.isString()) {
        tally.broken(place, "message %d lacks a role or a content".formatted(messages.size() + 1));
        return;
      }
      messages.add(new Message(role.asString(), content.asString()));
      answered |= role.asString().equals("assistant");
    }
    if (answered) {
      tally.document(Document.chat(name, messages).labelled(labels));
    } else {
      tally.broken(place, "messages hold no turn of the assistant");
    }
  }
}
