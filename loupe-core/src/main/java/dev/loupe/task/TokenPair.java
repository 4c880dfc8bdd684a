package dev.loupe.task;

import dev.loupe.fault.LoupeException;
import dev.loupe.tokenizer.Tokenizer;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * A pair in a model's tokens. The metric is read after the last token of the clean prompt.
 *
 * @param clean token ids
 * @param corrupted token ids, as many
 * @param answers first tokens of the answers
 * @param foils first tokens of the foils
 */
@SuppressWarnings("ArrayRecordComponent") // handed from one step to the next, never compared
public record TokenPair(int[] clean, Optional<int[]> corrupted, int[] answers, int[] foils) {
  /**
   * The tokens of a pair.
   *
   * @param place the pair in words, for messages: {@code pairs.jsonl:3}
   * @throws LoupeException if the two prompts differ in length, an answer does not begin with a
   *     token of its own, or answer and foil begin with the same one
   */
  public static TokenPair of(TaskPair pair, Metric metric, Tokenizer tokenizer, String place) {
    int[] clean = tokenizer.ids(pair.clean(), true);
    if (clean.length == 0) {
      throw LoupeException.badInput(place + ": the clean prompt has no token", "Give other text.");
    }
    Optional<int[]> corrupted = pair.corrupted().map(text -> tokenizer.ids(text, true));
    if (corrupted.isPresent() && corrupted.get().length != clean.length) {
      throw LoupeException.badInput(
          String.format(
              Locale.ROOT,
              "%s: the clean prompt has %,d tokens and its corrupted twin %,d",
              place,
              clean.length,
              corrupted.get().length),
          "Twins are compared position by position: word the twin with as many tokens, or leave it"
              + " out and ablate to zero or mean.");
    }
    int[] answers = firstTokens(pair.clean(), clean, pair.answers(), tokenizer, place);
    int[] foils = firstTokens(pair.clean(), clean, pair.foils(), tokenizer, place);
    if (metric.needsFoils() && foils.length == 0) {
      throw LoupeException.badInput(
          place + ": there is no foil, and the metric is the " + metric.label(),
          "Give a `foil`, or choose a metric of the answer alone: probability, loss.");
    }
    if (Arrays.stream(answers).anyMatch(a -> Arrays.stream(foils).anyMatch(f -> f == a))) {
      throw LoupeException.badInput(
          "%s: answer and foil begin with the same token “%s”"
              .formatted(place, tokenizer.tokenText(answers[0])),
          "Only first tokens count: give an answer and a foil that begin differently.");
    }
    return new TokenPair(clean, corrupted, answers, foils);
  }

  /** How many tokens each prompt has. */
  public int length() {
    return clean.length;
  }

  /**
   * The twin's tokens.
   *
   * @throws LoupeException if there is no twin
   */
  public int[] twin() {
    return corrupted.orElseThrow(() ->
        LoupeException.badInput(
            "a pair has no corrupted twin, and what is asked needs its values", Task.GIVE_TWINS));
  }

  private static int[] firstTokens(
      String prompt, int[] ids, List<String> words, Tokenizer tokenizer, String place) {
    Set<Integer> first = new LinkedHashSet<>();
    for (String word : words) {
      int[] both = tokenizer.ids(prompt + word, true);
      boolean continues =
          both.length > ids.length && Arrays.equals(Arrays.copyOf(both, ids.length), ids);
      if (!continues) {
        throw LoupeException.badInput(
            "%s: “%s” is no token of its own after “%s”".formatted(place, word, end(prompt)),
            "Let the prompt end before the space, and let the answer begin with it: \" word\".");
      }
      first.add(both[ids.length]);
    }
    return first.stream().mapToInt(Integer::intValue).toArray();
  }

  private static String end(String prompt) {
    int most = 30;
    return prompt.length() > most ? "…" + prompt.substring(prompt.length() - most) : prompt;
  }

  /** Its tokens, written out. */
  @Override
  public String toString() {
    return Arrays.toString(clean)
        + corrupted.map(Arrays::toString).orElse("")
        + Arrays.toString(answers)
        + Arrays.toString(foils);
  }
}
