package dev.loupe.audit;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * How recorded answers are to be read; what is empty is found by the format's usual names.
 *
 * @param system column of a table
 * @param item column of a table
 * @param outcome column of a table
 * @param confidence column of a table, or a name in a score's metadata
 * @param cluster column of a table, or a name in a sample's metadata
 * @param score the metric or scorer of a log, where it has several
 * @param filter of lm-evaluation-harness, where it has several
 * @param abstained answers in which this is found are abstentions
 */
public record AnswerOptions(
    Optional<String> system,
    Optional<String> item,
    Optional<String> outcome,
    Optional<String> confidence,
    Optional<String> cluster,
    Optional<String> score,
    Optional<String> filter,
    Pattern abstained) {

  /**
   * The abstention itself, alone, in several languages; a sentence that contains one of them beside
   * an answer is not taken for an abstention.
   */
  public static final String USUAL_ABSTENTIONS =
      "(?iu)^\\W*(idk|unknown|n/?a|unanswerable|i (do not|don['’]t) know(?: the answer)?|i[' ]?a?m not sure"
          + "|no (?:s[eé]|lo s[eé])|je ne sais pas|(?:das )?wei(?:ß|ss) ich nicht|ich wei(?:ß|ss) (?:es )?nicht"
          + "|non (?:lo )?so|n[aã]o sei|не знаю|我?不知道|わかりません|모르겠습니다)\\W*$";

  /** The usual names. */
  public static AnswerOptions usual() {
    return new AnswerOptions(
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Pattern.compile(USUAL_ABSTENTIONS));
  }

  /**
   * The grade of a text whose score is known: blank and abstaining texts have grades of their own.
   */
  Grade grade(Optional<String> text, Grade scored) {
    if (text.isEmpty() || scored == Grade.RIGHT) {
      return scored;
    }
    if (text.get().isBlank()) {
      return Grade.EMPTY;
    }
    return abstained.matcher(text.get()).find() ? Grade.ABSTAINED : scored;
  }
}
