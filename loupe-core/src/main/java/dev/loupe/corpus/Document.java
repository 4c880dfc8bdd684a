package dev.loupe.corpus;

import dev.loupe.tokenizer.Message;
import java.util.List;

/**
 * One document of a corpus: a text, or a conversation.
 *
 * @param id its name in the corpus; where the corpus gives none, its place in it
 * @param text what it says; empty for a conversation
 * @param messages the turns of a conversation; empty for a text
 * @param labels what kind of document it is, and what it is about, as the corpus says; empty where
 *     it does not
 */
public record Document(String id, String text, List<Message> messages, List<String> labels) {
  public Document {
    messages = List.copyOf(messages);
    labels = List.copyOf(labels);
  }

  /** A text. */
  public static Document text(String id, String text) {
    return new Document(id, text, List.of(), List.of());
  }

  /** A conversation. */
  public static Document chat(String id, List<Message> messages) {
    return new Document(id, "", messages, List.of());
  }

  /** The same, labelled. */
  public Document labelled(List<String> names) {
    return new Document(id, text, messages, names);
  }

  /** All of its text. */
  public List<String> texts() {
    return isChat() ? messages.stream().map(Message::content).toList() : List.of(text);
  }

  /** Whether it is a conversation, of which only the assistant's turns count in the loss. */
  public boolean isChat() {
    return !messages.isEmpty();
  }
}
