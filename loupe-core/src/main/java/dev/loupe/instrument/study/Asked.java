package dev.loupe.instrument.study;

import dev.loupe.fault.LoupeException;
import dev.loupe.model.generate.YearTokens;
import dev.loupe.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * A prompt of the greater-than task: "The war lasted from the year 1742 to the year 17".
 *
 * @param event what lasted
 * @param text of the prompt; the century ends it and precedes YY
 * @param year YY, from 2 to 98
 */
public record Asked(String event, String text, int year) {
  /** The first YY (Hanna et al. 2023): a year on either side must be left. */
  public static final int FIRST = 2;

  /** The last YY. */
  public static final int LAST = 98;

  /** Centuries, as Hanna et al. draw them. */
  private static final int FIRST_CENTURY = 11;

  private static final int LAST_CENTURY = 17;

  /**
   * Prompts of this many nouns for each YY, drawn with their centuries among those that the
   * tokenizer splits into XX and YY.
   *
   * @throws LoupeException if there are too few nouns, or a YY has no century in which it is a
   *     token
   */
  public static List<Asked> of(List<String> nouns, int eachYear, Tokenizer tokenizer, long seed) {
    if (nouns.size() < eachYear) {
      throw LoupeException.badInput(
          String.format(
              Locale.ROOT,
              "%,d prompts for each YY need as many nouns, and there are %,d",
              eachYear,
              nouns.size()),
          "Ask for fewer prompts by `prompts`, or give more nouns.");
    }
    YearTokens years = YearTokens.of(tokenizer);
    Random random = new Random(seed);
    List<Asked> prompts = new ArrayList<>();
    for (int year = FIRST; year <= LAST; year++) {
      int yy = year;
      List<Integer> centuries =
          IntStream.rangeClosed(FIRST_CENTURY, LAST_CENTURY)
              .filter(century ->
                  YearPrompt.yearPosition(asked(nouns.getFirst(), century, yy), years, tokenizer)
                      >= 0)
              .boxed()
              .toList();
      if (centuries.isEmpty()) {
        throw YearPrompt.splitOtherwise(asked(nouns.getFirst(), LAST_CENTURY, year), tokenizer);
      }
      List<String> drawn = new ArrayList<>(nouns);
      Collections.shuffle(drawn, random);
      for (String noun : drawn.subList(0, eachYear)) {
        prompts.add(asked(noun, centuries.get(random.nextInt(centuries.size())), year));
      }
    }
    return prompts;
  }

  private static Asked asked(String event, int century, int year) {
    return new Asked(
        event,
        String.format(
            Locale.ROOT,
            "The %s lasted from the year %02d%02d to the year %02d",
            event,
            century,
            year,
            century),
        year);
  }
}
