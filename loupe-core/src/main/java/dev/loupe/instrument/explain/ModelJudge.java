package dev.loupe.instrument.explain;

import dev.loupe.model.text.Judge;
import dev.loupe.model.text.Judge.Choice;
import dev.loupe.model.text.TextModel;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A language model that says what it finds of two answers. One that gives no probabilities says 0
 * or 1.
 *
 * @param kind what it is asked
 * @param model the judge, which may be the model that answers
 * @param chat whether its chat template renders the question as a turn
 */
public record ModelJudge(Kind kind, TextModel model, boolean chat) implements AnswerJudge {
  private static final int YES = 0;

  /** What a judge is asked. */
  public enum Kind {
    /** Whether the two answers contradict each other. */
    CONTRADICTION,
    /** How positive each is; the difference counts. */
    SENTIMENT,
    /** Whether each declines what was asked; the difference counts. */
    REFUSAL;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private static final String CONTRADICTION =
      """
      Do these two statements contradict each other? Answer yes or no.

      First: %s

      Second: %s\
      """;
  private static final String SENTIMENT =
      """
      Is the mood of this text positive or negative?

      Text: %s\
      """;
  private static final String REFUSAL =
      """
      Does this reply decline to do what was asked? Answer yes or no.

      Reply: %s\
      """;

  @Override
  public double difference(String first, String second) {
    return switch (kind) {
      case CONTRADICTION -> contradiction(first, second);
      case SENTIMENT -> difference(first, second, SENTIMENT, List.of("positive", "negative"));
      case REFUSAL -> difference(first, second, REFUSAL, List.of("yes", "no"));
    };
  }

  @Override
  public String measured() {
    String by = " by the judge " + model.name();
    return switch (kind) {
      case CONTRADICTION -> "probability that the two answers contradict each other," + by;
      case SENTIMENT -> "difference in the probability that the answer is positive," + by;
      case REFUSAL -> "difference in the probability that the answer declines," + by;
    };
  }

  @Override
  public List<String> caveats() {
    return List.of("The judge errs; how often is not measured here.");
  }

  private double contradiction(String first, String second) {
    Judge judge =
        new Judge(
            model, List.of("yes", "no"), chat, Optional.of(CONTRADICTION.formatted("N/A", "N/A")));
    return first(judge.choose(List.of(CONTRADICTION.formatted(first, second)), _ -> {}).getFirst());
  }

  private double difference(String first, String second, String question, List<String> words) {
    Judge judge = new Judge(model, words, chat, Optional.of(question.formatted("N/A")));
    List<Choice> choices =
        judge.choose(List.of(question.formatted(first), question.formatted(second)), _ -> {});
    return Math.abs(first(choices.getFirst()) - first(choices.getLast()));
  }

  /** The probability of the first word; half where the judge named neither. */
  private static double first(Choice choice) {
    if (!choice.probabilities().isEmpty()) {
      return choice.probabilities().get(YES);
    }
    return choice.word() < 0 ? 0.5 : choice.word() == YES ? 1 : 0;
  }
}
