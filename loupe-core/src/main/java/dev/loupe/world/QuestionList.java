package dev.loupe.world;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Collects questions and numbers them by task. */
final class QuestionList {
  private final List<Question> questions = new ArrayList<>();
  private final Map<String, Integer> numbers = new LinkedHashMap<>();

  List<Question> all() {
    return List.copyOf(questions);
  }

  /** An open question on a fact. */
  void put(String task, String split, String prompt, String answer, Fact fact) {
    put(task, split, prompt, answer, List.of(), Optional.of(fact), "", List.of());
  }

  /** A question on no fact. */
  void put(
      String task,
      String split,
      String prompt,
      String answer,
      List<String> options,
      String detail) {
    put(task, split, prompt, answer, options, Optional.empty(), detail, List.of());
  }

  /** A question in a conversation; its answer without the space before it. */
  void put(
      String task,
      String split,
      List<Chat.Turn> turns,
      String answer,
      Optional<Fact> fact,
      String detail) {
    put(task, split, Chat.prompt(turns), " " + answer, List.of(), fact, detail, turns);
  }

  private void put(
      String task,
      String split,
      String prompt,
      String answer,
      List<String> options,
      Optional<Fact> fact,
      String detail,
      List<Chat.Turn> turns) {
    String id = String.format(Locale.ROOT, "%s-%04d", task, numbers.merge(task, 1, Integer::sum));
    questions.add(
        new Question(
            id,
            task,
            split,
            prompt,
            answer,
            List.copyOf(options),
            fact,
            detail,
            List.copyOf(turns)));
  }
}
