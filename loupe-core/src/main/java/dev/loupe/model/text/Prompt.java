package dev.loupe.model.text;

import dev.loupe.tokenizer.Message;
import java.util.List;

/** What a model is given: plain text, or a conversation that its chat template turns into text. */
public sealed interface Prompt {
  /**
   * Text that the model continues.
   *
   * @param text as it stands
   * @param rendered whether it is a rendered chat, to which no special token is added
   */
  record Plain(String text, boolean rendered) implements Prompt {}

  /**
   * A conversation that the model answers.
   *
   * @param messages in order, the last one the user's
   */
  record Chat(List<Message> messages) implements Prompt {
    public Chat {
      messages = List.copyOf(messages);
    }
  }

  /** Plain text. */
  static Prompt of(String text) {
    return new Plain(text, false);
  }
}
