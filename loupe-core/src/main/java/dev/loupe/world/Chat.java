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

  /** The text that a model continues with the assistant's answer, in ChatML. */
  static String prompt(List<Turn> turns) {
    StringBuilder prompt = new StringBuilder();
    for (Turn turn : turns) {
      prompt.append("<|im_start|>").append(turn.role()).append('\n');
      prompt.append(turn.content()).append("<|im_end|>\n");
    }
    return prompt.append("<|im_start|>").append(ASSISTANT).append('\n').toString();
  }

  /** Turns, in order, as a mutable list. */
  static List<Turn> turns(Turn... turns) {
    return new ArrayList<>(List.of(turns));
  }
}
