package dev.loupe.instrument.study;

import dev.loupe.fault.LoupeException;
import dev.loupe.model.generate.YearTokens;
import dev.loupe.tokenizer.Token;
import dev.loupe.tokenizer.Tokenizer;
import java.util.stream.Collectors;

/**
 * A prompt as tokens.
 *
 * @param asked the prompt
 * @param ids its tokens; the next one is the year that it ends in
 * @param yearPosition the position of YY
 * @param dummy the same tokens with 01 as YY, which hardly rules out a year (Hanna et al. 2023), or
 *     the earliest year that the vocabulary has
 */
@SuppressWarnings("ArrayRecordComponent") // handed from one step to the next, never compared
record YearPrompt(Asked asked, int[] ids, int yearPosition, int[] dummy) {
  /**
   * Finds YY among a prompt's tokens.
   *
   * @throws LoupeException if the tokenizer does not split the year into century and YY
   */
  static YearPrompt of(Asked asked, YearTokens years, Tokenizer tokenizer) {
    int position = yearPosition(asked, years, tokenizer);
    if (position < 0) {
      throw splitOtherwise(asked, tokenizer);
    }
    int[] ids = tokenizer.ids(asked.text(), true);
    int[] dummy = ids.clone();
    dummy[position] = years.id(years.earliest());
    return new YearPrompt(asked, ids, position, dummy);
  }

  /** YY, two digits. */
  int year() {
    return asked.year();
  }

  /** The position whose next token is asked for. */
  int end() {
    return ids.length - 1;
  }

  /** The position of YY, right after the century with which the prompt ends; -1 if nowhere. */
  static int yearPosition(Asked asked, YearTokens years, Tokenizer tokenizer) {
    int[] ids = tokenizer.ids(asked.text(), true);
    int century = ids.length - 1;
    for (int at = 1; at < century; at++) {
      if (ids[at] == years.id(asked.year()) && ids[at - 1] == ids[century]) {
        return at;
      }
    }
    return -1;
  }

  static LoupeException splitOtherwise(Asked asked, Tokenizer tokenizer) {
    return LoupeException.badInput(
        "the model's tokenizer does not split years into two digits and two digits: “%s” is %s"
            .formatted(
                asked.text(),
                tokenizer.encode(asked.text(), false).tokens().stream()
                    .map(Token::text)
                    .collect(Collectors.joining("|"))),
        "Name a model of the Almanac, or one with the vocabulary of GPT-2.");
  }
}
