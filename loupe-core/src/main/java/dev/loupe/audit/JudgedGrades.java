package dev.loupe.audit;

import dev.loupe.model.text.Judge;
import dev.loupe.model.text.Judge.Choice;
import dev.loupe.model.text.TextModel;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Grades by a judge model: whether an answer says the same as a right one. An answer that is equal
 * to a right one when normalised is right without a question; the same answer to the same question
 * is judged once. The judge errs: people's grades of some answers say how often, and correct the
 * rates.
 */
public final class JudgedGrades implements AnswerGrader {
  private static final String QUESTION =
      """
      Does the given answer to the question say the same as the right answer? Answer yes, no, or \
      declined if the given answer says that it does not know.

      Question: %s

      Right answer: %s

      Given answer: %s\
      """;

  private static final String NONE = "N/A";
  private static final List<String> WORDS = List.of("yes", "no", "declined");
  private static final List<Grade> GRADES = List.of(Grade.RIGHT, Grade.WRONG, Grade.ABSTAINED);
  private static final int MOST_KEPT = 100_000;

  private final Judge judge;
  private final Map<String, Grade> known = new HashMap<>();
  private long judged;
  private long unclear;

  /**
   * With a model.
   *
   * @param chat whether its chat template renders the question as a turn
   */
  public JudgedGrades(TextModel model, boolean chat) {
    judge = new Judge(model, WORDS, chat, Optional.of(QUESTION.formatted(NONE, NONE, NONE)));
  }

  @Override
  public Grade grade(Optional<String> question, String text, List<String> right) {
    if (right.isEmpty()) {
      return Grade.UNDETERMINED;
    }
    if (AnswerMatch.of(AnswerMatch.Kind.NORMALISED).grade(text, right) == Grade.RIGHT) {
      return Grade.RIGHT;
    }
    if (known.size() == MOST_KEPT) {
      known.clear();
    }
    return known.computeIfAbsent(
        QUESTION.formatted(question.orElse(NONE), String.join(" or ", right), text), this::judged);
  }

  private Grade judged(String question) {
    Choice choice = judge.choose(List.of(question), _ -> {}).getFirst();
    judged++;
    if (choice.word() < 0) {
      unclear++;
      return Grade.UNDETERMINED;
    }
    return GRADES.get(choice.word());
  }

  /** What a reader of the grades must know. */
  public List<String> notes() {
    String asked =
        "%s judged %d different answers; those equal to a right one when normalised are right unasked."
            .formatted(judge.name(), judged);
    return unclear == 0
        ? List.of(asked)
        : List.of(
            asked,
            "The judge said neither yes, no nor declined of %d answers: undetermined."
                .formatted(unclear));
  }
}
