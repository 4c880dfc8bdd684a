package dev.loupe.audit;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How recorded answers are to be read; what is empty is found by the format's usual names.
 *
 * @param columns of a table, names in a log's metadata
 * @param score the metric or scorer of a log, where it has several
 * @param filter of lm-evaluation-harness, where it has several
 * @param match grades texts in place of the log's score
 * @param source of the confidence
 * @param stated finds the number that an answer states; its first group, a percentage if above 1
 * @param abstained answers in which this is found are abstentions
 */
public record AnswerOptions(
    Columns columns,
    Optional<String> score,
    Optional<String> filter,
    Optional<AnswerGrader> match,
    ConfidenceSource source,
    Pattern stated,
    Pattern abstained) {

  /**
   * Names of columns, where they are not the usual ones.
   *
   * @param system default: system
   * @param item default: id
   * @param outcome default: outcome
   * @param confidence default: confidence; or a name in a score's metadata
   * @param cluster default: cluster; or a name in a sample's metadata
   * @param category default: category; or a name in a sample's metadata
   * @param label a person's grade, default: label; or a name in a sample's metadata
   * @param text what was answered, default: answer
   * @param target the right answer, default: target
   * @param question what was asked, for a judge, default: question
   */
  public record Columns(
      Optional<String> system,
      Optional<String> item,
      Optional<String> outcome,
      Optional<String> confidence,
      Optional<String> cluster,
      Optional<String> category,
      Optional<String> label,
      Optional<String> text,
      Optional<String> target,
      Optional<String> question) {
    /** The usual names. */
    public static Columns usual() {
      return new Columns(
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty());
    }
  }

  /**
   * The abstention itself, alone, in several languages; a sentence that contains one of them beside
   * an answer is not taken for an abstention.
   */
  public static final String USUAL_ABSTENTIONS =
      "(?iu)^\\W*(idk|unknown|n/?a|unanswerable|i (do not|don['’]t) know(?: the answer)?|i[' ]?a?m"
          + " not sure|no (?:s[eé]|lo s[eé])|je ne sais pas|(?:das )?wei(?:ß|ss) ich nicht|ich"
          + " wei(?:ß|ss) (?:es )?nicht|non (?:lo )?so|n[aã]o sei|не"
          + " знаю|我?不知道|わかりません|모르겠습니다)\\W*$";

  /** Such as "Confidence: 85%". */
  public static final String USUAL_STATEMENT =
      "(?i)confiden(?:ce|t)\\W{0,3}(?:is|of|level)?\\W{0,3}(\\d{1,3}(?:\\.\\d+)?\\s*%|[01](?:\\.\\d+)?)";

  /** The usual names, the log's own scores and confidences. */
  public static AnswerOptions usual() {
    return new AnswerOptions(
        Columns.usual(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        ConfidenceSource.RECORDED,
        Pattern.compile(USUAL_STATEMENT),
        Pattern.compile(USUAL_ABSTENTIONS));
  }

  /**
   * The grade of a text whose score is known: blank and abstaining texts have grades of their own.
   */
  public Grade grade(Optional<String> text, Grade scored) {
    if (text.isEmpty() || scored == Grade.RIGHT) {
      return scored;
    }
    if (text.get().isBlank()) {
      return Grade.EMPTY;
    }
    return abstained.matcher(text.get()).find() ? Grade.ABSTAINED : scored;
  }

  /**
   * As {@link #grade(Optional, Grade)}, by the matcher instead of the log's score, if there is one.
   */
  Grade grade(Optional<String> question, Optional<String> text, List<String> right, Grade scored) {
    return grade(
        text,
        match.isEmpty()
            ? scored
            : text.map(
                    each -> each.isBlank() ? Grade.EMPTY : match.get().grade(question, each, right))
                .orElse(Grade.UNDETERMINED));
  }

  /** The number that a text states, as a probability. */
  public OptionalDouble stated(Optional<String> text) {
    if (text.isEmpty()) {
      return OptionalDouble.empty();
    }
    Matcher matcher = stated.matcher(text.get());
    if (!matcher.find()) {
      return OptionalDouble.empty();
    }
    String found = matcher.groupCount() > 0 ? String.valueOf(matcher.group(1)) : matcher.group();
    try {
      double number = Double.parseDouble(found.replace("%", "").strip());
      double share = found.contains("%") || number > 1 ? number / 100 : number;
      return share >= 0 && share <= 1 ? OptionalDouble.of(share) : OptionalDouble.empty();
    } catch (NumberFormatException _) {
      return OptionalDouble.empty();
    }
  }

  /** The confidence that a reader knows by itself; of samples it follows when all are read. */
  OptionalDouble confidence(OptionalDouble recorded, Optional<String> text) {
    return switch (source) {
      case RECORDED, LOG_PROBABILITIES -> recorded;
      case STATED -> stated(text);
      case AGREEMENT, SEMANTIC_ENTROPY -> OptionalDouble.empty();
    };
  }
}
