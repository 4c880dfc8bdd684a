package dev.loupe.audit;

import java.math.BigDecimal;
import java.text.Normalizer;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Own grading of answers whose log has no score, by their text and the right ones.
 *
 * @param kind how the texts are compared
 * @param pattern what finds the answer in a longer text: its first group, or all that it matches
 */
public record AnswerMatch(Kind kind, Optional<Pattern> pattern) implements AnswerGrader {
  private static final Pattern NUMBER =
      Pattern.compile("[-−]?(?:\\d{1,3}(?:,\\d{3})+|\\d+)(?:\\.\\d+)?(?:[eE][-+]?\\d{1,3})?");
  private static final Pattern ARTICLES = Pattern.compile("\\b(a|an|the)\\b");
  private static final Pattern PUNCTUATION = Pattern.compile("[\\p{P}\\p{S}]+");
  private static final Pattern SPACES = Pattern.compile("\\s+");

  /** How two texts are compared. */
  public enum Kind {
    /** Character by character, without the spaces around. */
    EXACT,
    /** In compatible Unicode and small letters, without punctuation and English articles. */
    NORMALISED,
    /** The right answer stands somewhere in the answer, whole words, both normalised. */
    CONTAINED,
    /** The last number of the answer has the value of the right answer's last. */
    NUMERIC;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Of that kind, the whole text being the answer. */
  public static AnswerMatch of(Kind kind) {
    return new AnswerMatch(kind, Optional.empty());
  }

  /**
   * Right if one of the right answers matches. Undetermined where there is no right answer, or the
   * pattern finds nothing: a text that cannot be read is neither right nor wrong.
   */
  public Grade grade(String text, List<String> right) {
    Optional<String> answer = pattern.isEmpty() ? Optional.of(text) : found(text);
    if (right.isEmpty() || answer.isEmpty()) {
      return Grade.UNDETERMINED;
    }
    return right.stream().anyMatch(each -> isSame(answer.get(), each)) ? Grade.RIGHT : Grade.WRONG;
  }

  @Override
  public Grade grade(Optional<String> question, String text, List<String> right) {
    return grade(text, right);
  }

  private Optional<String> found(String text) {
    Matcher matcher = pattern.orElseThrow().matcher(text);
    if (!matcher.find()) {
      return Optional.empty();
    }
    return Optional.ofNullable(matcher.groupCount() > 0 ? matcher.group(1) : matcher.group());
  }

  private boolean isSame(String answer, String right) {
    return switch (kind) {
      case EXACT -> answer.strip().equals(right.strip());
      case NORMALISED -> normalised(answer).equals(normalised(right));
      case CONTAINED -> (" " + normalised(answer) + " ").contains(" " + normalised(right) + " ");
      case NUMERIC -> {
        Optional<BigDecimal> wanted = number(right);
        Optional<BigDecimal> given = number(answer);
        yield wanted.isPresent() && given.isPresent() && wanted.get().compareTo(given.get()) == 0;
      }
    };
  }

  /** As compared: of one form, in small letters, without punctuation, articles and extra spaces. */
  public static String normalised(String text) {
    String form = Normalizer.normalize(text, Normalizer.Form.NFKC).toLowerCase(Locale.ROOT);
    String bare = ARTICLES.matcher(PUNCTUATION.matcher(form).replaceAll(" ")).replaceAll(" ");
    return SPACES.matcher(bare).replaceAll(" ").strip();
  }

  /** The last number of a text; thousands may be separated by commas. */
  static Optional<BigDecimal> number(String text) {
    Matcher matcher = NUMBER.matcher(text);
    Optional<BigDecimal> last = Optional.empty();
    while (matcher.find()) {
      last = Optional.of(new BigDecimal(matcher.group().replace(",", "").replace('−', '-')));
    }
    return last;
  }
}
