package dev.loupe.audit;

import java.util.List;
import java.util.Optional;

/** Grades the text of an answer by the right ones, in place of a log's score. */
@FunctionalInterface
public interface AnswerGrader {
  /**
   * The grade of a text that is not blank.
   *
   * @param question what was asked, where the log has it
   * @param right one or several right answers; none where the log gives none
   */
  Grade grade(Optional<String> question, String text, List<String> right);
}
