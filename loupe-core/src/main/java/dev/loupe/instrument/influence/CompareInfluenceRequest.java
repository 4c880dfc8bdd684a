package dev.loupe.instrument.influence;

import dev.loupe.instrument.Subject;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Puts the same completions to several models and compares which documents taught each.
 *
 * @param prompt the text before the completion; empty where {@code planted} has the questions
 * @param completion put to all models; the first model's most probable next token when empty
 * @param planted a file of groups as a world has it: {@code prompt}, {@code answer} and ids of
 *     {@code teachers}, {@code paraphrases} and {@code decoys}
 * @param fit of the first model
 * @param others the other models, each with its own fit to the same documents
 * @param corpus where the documents are now; where the fits found them when empty
 * @param top documents of each question and model that are compared
 * @param relative whether documents are ranked by influence over the norm of their gradient
 */
public record CompareInfluenceRequest(
    String prompt,
    Optional<String> completion,
    Optional<Path> planted,
    Path fit,
    List<Fitted> others,
    Optional<Path> corpus,
    int top,
    boolean relative) {
  /** The usual number of documents. */
  public static final int DEFAULT_TOP = 10;

  /**
   * A model and its fit.
   *
   * @param subject stays the caller's to close
   */
  public record Fitted(Subject subject, Path fit) {}

  /** A world's planted questions, with the usual settings. */
  public static CompareInfluenceRequest planted(Path planted, Path fit, List<Fitted> others) {
    return new CompareInfluenceRequest(
        "",
        Optional.empty(),
        Optional.of(planted),
        fit,
        others,
        Optional.empty(),
        DEFAULT_TOP,
        false);
  }

  public CompareInfluenceRequest {
    others = List.copyOf(others);
    if (top < 1) {
      throw new IllegalArgumentException("`top` " + top + " is not 1 or more");
    }
    if (others.isEmpty()) {
      throw new IllegalArgumentException("`others` is empty: one model is compared with none");
    }
    if (prompt.isEmpty() == planted.isEmpty()) {
      throw new IllegalArgumentException(
          "give `prompt` or `planted`, and not both: one of them has the questions");
    }
  }
}
