package dev.loupe.world;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * A sentence frame with gaps: {@code literals} surround {@code gaps}, so there is one more of them.
 */
record Template(List<String> literals, List<String> gaps) {
  static final String SUBJECT = "subject";
  static final String OBJECT = "object";

  static Template of(String frame) {
    List<String> literals = new ArrayList<>();
    List<String> gaps = new ArrayList<>();
    int from = 0;
    for (int open = frame.indexOf('{'); open >= 0; open = frame.indexOf('{', from)) {
      int close = frame.indexOf('}', open);
      literals.add(frame.substring(from, open));
      gaps.add(frame.substring(open + 1, close));
      from = close + 1;
    }
    literals.add(frame.substring(from));
    return new Template(List.copyOf(literals), List.copyOf(gaps));
  }

  /** Appends the sentence; {@code word} fills each gap by its name. */
  void fill(Draft draft, UnaryOperator<String> word) {
    for (int i = 0; i < gaps.size(); i++) {
      draft.add(literals.get(i)).add(word.apply(gaps.get(i)));
    }
    draft.add(literals.getLast());
  }

  /**
   * Appends the sentence as a statement of {@code fact}, and notes where its object stands; {@code
   * word} fills gaps other than subject and object.
   */
  void state(Draft draft, Fact fact, UnaryOperator<String> word) {
    for (int i = 0; i < gaps.size(); i++) {
      draft.add(literals.get(i));
      switch (gaps.get(i)) {
        case OBJECT -> draft.state(fact);
        case SUBJECT -> draft.add(fact.subject());
        default -> draft.add(word.apply(gaps.get(i)));
      }
    }
    draft.add(literals.getLast());
  }

  /** Whether the object comes last, after a space, so that the text before it is a question. */
  boolean asks() {
    return gaps.equals(List.of(SUBJECT, OBJECT)) && literals.get(1).endsWith(" ");
  }

  /** The text up to the object, without the space before it; only where {@link #asks}. */
  String question(String subject) {
    return (literals.getFirst() + subject + literals.get(1)).stripTrailing();
  }
}
