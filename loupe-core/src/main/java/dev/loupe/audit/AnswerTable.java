package dev.loupe.audit;

import dev.loupe.fault.LoupeException;
import dev.loupe.outcomes.OutcomeColumns;
import dev.loupe.outcomes.OutcomeFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Consumer;

/** A table in CSV or JSON lines: id, system, category, outcome, confidence, cluster. */
final class AnswerTable {
  private static final int LONGEST_SHOWN = 40;

  private AnswerTable() {}

  static List<String> read(InputStream in, Path file, AnswerOptions options, Consumer<Answer> each)
      throws IOException {
    long rows =
        OutcomeFile.rows(
            in,
            file.toString(),
            (names, values, place) -> each.accept(answer(names, values, place, file, options)));
    if (rows == 0) {
      throw LoupeException.badInput(
          file + ": has a header but no answer", "Give one answer a line below the header.");
    }
    return List.of();
  }

  private static Answer answer(
      List<String> names,
      List<Optional<String>> values,
      String place,
      Path file,
      AnswerOptions options) {
    String outcome =
        cell(names, values, options.outcome(), "outcome", place)
            .orElseThrow(() -> OutcomeColumns.missing(names, "outcome", "outcome", place));
    return new Answer(
        cell(names, values, options.system(), "system", place).orElse(AnswerFile.name(file)),
        cell(names, values, options.item(), "id", place),
        cell(names, values, options.cluster(), "cluster", place),
        cell(names, values, Optional.empty(), "category", place),
        grade(outcome, place),
        cell(names, values, options.confidence(), "confidence", place)
            .map(text -> probability(text, place))
            .orElse(OptionalDouble.empty()));
  }

  /** Empty where there is no such column by the usual name, or nothing in it. */
  private static Optional<String> cell(
      List<String> names,
      List<Optional<String>> values,
      Optional<String> asked,
      String usual,
      String place) {
    int at = names.indexOf(asked.orElse(usual));
    if (at < 0) {
      if (asked.isPresent()) {
        throw OutcomeColumns.missing(
            names, asked.get(), usual.equals("id") ? "item" : usual, place);
      }
      return Optional.empty();
    }
    // An outcome without text is a grade; elsewhere nothing is no value.
    return usual.equals("outcome")
        ? Optional.of(values.get(at).orElse(""))
        : values.get(at).filter(text -> !text.isBlank());
  }

  private static Grade grade(String outcome, String place) {
    return switch (outcome.strip().toLowerCase(Locale.ROOT)) {
      case "correct", "right", "true", "1", "1.0", "c", "yes" -> Grade.RIGHT;
      case "wrong", "incorrect", "false", "0", "0.0", "w", "i", "no" -> Grade.WRONG;
      case "abstained", "abstain", "not_attempted", "idk", "a", "n" -> Grade.ABSTAINED;
      case "empty" -> Grade.EMPTY;
      case "undetermined", "partial", "p", "" -> Grade.UNDETERMINED;
      default ->
          throw LoupeException.badInput(
              "%s: outcome '%s' is no grade".formatted(place, shown(outcome)),
              "Write correct, wrong, abstained, empty or undetermined.");
    };
  }

  private static OptionalDouble probability(String text, String place) {
    try {
      double value = Double.parseDouble(text.strip());
      if (value >= 0 && value <= 1) {
        return OptionalDouble.of(value);
      }
    } catch (NumberFormatException e) {
      throw noProbability(text, place, e);
    }
    throw noProbability(text, place, new IllegalArgumentException(text));
  }

  private static LoupeException noProbability(String text, String place, Exception cause) {
    return LoupeException.badInput(
        "%s: confidence '%s' is not from 0 to 1".formatted(place, shown(text)),
        "Write probabilities such as 0.85; leave the cell empty where there is none.",
        cause);
  }

  private static String shown(String text) {
    return text.length() <= LONGEST_SHOWN ? text : text.substring(0, LONGEST_SHOWN) + "…";
  }
}
