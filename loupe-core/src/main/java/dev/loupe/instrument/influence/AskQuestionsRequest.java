package dev.loupe.instrument.influence;

import java.nio.file.Path;
import java.util.Optional;

/**
 * Asks which training documents made each of several completions likely.
 *
 * @param questions a file of JSON lines, each with {@code prompt} and, unless the model's most
 *     probable next token is meant, {@code completion}
 * @param fit the folder that the fit made
 * @param corpus where the corpus is now; where the fit found it when empty
 * @param top documents shown of each sign
 * @param relative whether documents are ranked by influence over the norm of their gradient
 */
public record AskQuestionsRequest(
    Path questions, Path fit, Optional<Path> corpus, int top, boolean relative) {
  public AskQuestionsRequest {
    if (top < 1) {
      throw new IllegalArgumentException("`top` " + top + " is not 1 or more");
    }
  }

  /** The usual settings. */
  public static AskQuestionsRequest of(Path questions, Path fit) {
    return new AskQuestionsRequest(questions, fit, Optional.empty(), AskRequest.DEFAULT_TOP, false);
  }
}
