package dev.loupe.tokenizer;

import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a byte-level vocabulary that Loupe trains cuts a text before it merges: words with the
 * blank before them, digits in groups of at most two (so that every year is a century and a year in
 * it), runs of other signs, and white space. No token reaches over a cut.
 */
final class WordSplit {
  /** The expression, as it stands in {@code tokenizer.json} too. */
  static final String EXPRESSION =
      "'(?:s|t|re|ve|m|ll|d)| ?\\p{L}+| ?\\p{N}{1,2}| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

  /** White space is what Unicode calls so, as in Hugging Face's library. */
  private static final Pattern PATTERN =
      Pattern.compile(EXPRESSION, Pattern.UNICODE_CHARACTER_CLASS);

  private WordSplit() {}

  static void words(String text, Consumer<String> consumer) {
    Matcher matcher = PATTERN.matcher(text);
    while (matcher.find()) {
      consumer.accept(matcher.group());
    }
  }
}
