package dev.loupe.model.generate;

import dev.loupe.fault.LoupeException;
import dev.loupe.tokenizer.Tokenizer;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * The tokens 00 to 99 that end a year, and the score of a next-token distribution on the
 * greater-than task with them (Hanna et al. 2023).
 */
public final class YearTokens {
  /** Years of a century. */
  public static final int YEARS = 100;

  private final int[] ids;

  private YearTokens(int[] ids) {
    this.ids = ids;
  }

  /**
   * Looks them up.
   *
   * @throws LoupeException if the tokenizer has no token for two digits
   */
  public static YearTokens of(Tokenizer tokenizer) {
    int[] ids = new int[YEARS];
    for (int year = 0; year < YEARS; year++) {
      ids[year] = tokenizer.id(text(year)).orElse(-1);
    }
    if (ids[50] < 0) {
      throw LoupeException.badInput(
          "the model's tokenizer has no token for two digits, such as 50",
          "Name a model of the Almanac, or one with the vocabulary of GPT-2.");
    }
    return new YearTokens(ids);
  }

  /** Given tokens of the years from 00 on, -1 for one that is missing. */
  public static YearTokens of(int... ids) {
    return new YearTokens(Arrays.copyOf(ids, YEARS));
  }

  /** The year as two digits. */
  public static String text(int year) {
    return String.format(Locale.ROOT, "%02d", year);
  }

  /** The token of a year, -1 if the vocabulary does not have it. */
  public int id(int year) {
    return ids[year];
  }

  /**
   * The earliest year from 01 on that the vocabulary has: after it nearly every year may come.
   * GPT-2 has 01; a corpus of years that come after others may lack it.
   */
  public int earliest() {
    return IntStream.range(1, YEARS).filter(year -> ids[year] >= 0).findFirst().orElseThrow();
  }

  /**
   * How well a distribution ends a year that must come after YY.
   *
   * @param difference Σ_{y > YY} p(y) − Σ_{y ≤ YY} p(y)
   * @param sharpness p(YY + 1) − p(YY − 1)
   */
  public record Score(double difference, double sharpness) {}

  /**
   * The score of the next token's probabilities {@code [d_vocab]}.
   *
   * @param begin YY, from 1 to 98
   */
  public Score score(float[] probabilities, int begin) {
    double difference = 0;
    for (int year = 0; year < YEARS; year++) {
      difference += (year > begin ? 1 : -1) * probability(probabilities, year);
    }
    return new Score(
        difference, probability(probabilities, begin + 1) - probability(probabilities, begin - 1));
  }

  private double probability(float[] probabilities, int year) {
    return ids[year] < 0 ? 0 : probabilities[ids[year]];
  }
}
