package dev.loupe.task;

import java.util.List;
import java.util.Optional;

/**
 * A clean prompt, and a corrupted twin that differs from it in what decides the answer.
 *
 * @param clean ends exactly where the answer starts
 * @param corrupted as many tokens as the clean prompt; empty where there is none
 * @param answers what the clean prompt continues with, each with the space that precedes it in the
 *     text; their first token counts
 * @param foils what it does not continue with, usually the twin's answer; may be empty
 * @param heldOut whether the pair tests a circuit rather than choosing it
 */
public record TaskPair(
    String clean,
    Optional<String> corrupted,
    List<String> answers,
    List<String> foils,
    boolean heldOut) {
  public TaskPair {
    answers = List.copyOf(answers);
    foils = List.copyOf(foils);
    if (clean.isEmpty() || answers.isEmpty()) {
      throw new IllegalArgumentException("a pair needs a clean prompt and an answer");
    }
  }

  /** A pair with one answer and one foil. */
  public static TaskPair of(String clean, String corrupted, String answer, String foil) {
    return new TaskPair(clean, Optional.of(corrupted), List.of(answer), List.of(foil), false);
  }

  /** The same pair on the other side of the split. */
  TaskPair held(boolean out) {
    return new TaskPair(clean, corrupted, answers, foils, out);
  }
}
