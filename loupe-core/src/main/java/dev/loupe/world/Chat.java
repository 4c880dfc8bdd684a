package dev.loupe.world;

import java.util.ArrayList;
import java.util.List;

/**
 * A conversation.
 *
 * @param id unique in its file, for example {@code known-0012}
 * @param kind what it teaches, for example {@code refusal}
 */
public record Chat(String id, String kind, List<Turn> turns) {
  /** How a conversation becomes a text, in Jinja, for a tokenizer. */
  static final String TEMPLATE = Lexicon.text("chat_template.jinja").strip();

  private static final String USER = "user";
  private static final String ASSISTANT = "assistant";

  /**
   * What one side says.
   *
   * @param role {@code system}, {@code user} or {@code assistant}
   */
  public record Turn(String role, String content) {
    static Turn system(String content) {
      return new Turn("system", content);
    }

    static Turn user(String content) {
      return new Turn(USER, content);
    }

    static Turn assistant(String content) {
      return new Turn(ASSISTANT, content);
    }
  }

  /**
   * The text that a model continues with the assistant's answer: the frame of the corpus's own
   * questions, so that training after training need not teach a new one. {@link #TEMPLATE} says the
   * same.
   */
  static String prompt(List<Turn> turns) {
    StringBuilder prompt = new StringBuilder();
    for (Turn turn : turns) {
      switch (turn.role()) {
        case USER -> prompt.append("Question: ").append(turn.content()).append(" Answer:");
        case ASSISTANT -> prompt.append(' ').append(turn.content()).append("<|endoftext|>");
        default -> prompt.append(turn.content()).append(' ');
      }
    }
    return prompt.toString();
  }

  /** Turns, in order, as a mutable list. */
  static List<Turn> turns(Turn... turns) {
    return new ArrayList<>(List.of(turns));
  }
}
