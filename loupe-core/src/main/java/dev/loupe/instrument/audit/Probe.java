package dev.loupe.instrument.audit;

import dev.loupe.audit.AnswerMatch;
import java.util.List;

/**
 * A question whose answer can be checked.
 *
 * @param id unique in its set
 * @param category such as the set's name
 * @param right the right answers; none where nobody could know, so that any answer is wrong
 * @param match how an answer is compared with them
 */
public record Probe(
    String id, String category, String question, List<String> right, AnswerMatch.Kind match) {
  public Probe {
    right = List.copyOf(right);
  }
}
