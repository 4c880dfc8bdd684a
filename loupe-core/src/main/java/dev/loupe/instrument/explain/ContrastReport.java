package dev.loupe.instrument.explain;

import java.util.List;

/**
 * A small edit of the prompt that changes the answer.
 *
 * @param model its name
 * @param answer to the prompt as it is
 * @param edited answer to the edited prompt
 * @param measured what the scores are, in words
 * @param score of the edit
 * @param words of the prompt before and after
 * @param stop why the search ended
 * @param visits every edited prompt that was scored, in order
 */
public record ContrastReport(
    String model,
    String answer,
    String edited,
    String measured,
    double score,
    List<Word> words,
    String stop,
    List<Edit> visits) {
  public ContrastReport {
    words = List.copyOf(words);
    visits = List.copyOf(visits);
  }

  /** A word of the prompt, and what stands in its place; the same if it was not changed. */
  public record Word(String before, String after) {}

  /**
   * An edited prompt.
   *
   * @param changed places of its changed words, in the order of their change
   * @param text of it
   * @param score of it
   */
  public record Edit(List<Integer> changed, String text, double score) {
    public Edit {
      changed = List.copyOf(changed);
    }
  }
}
