package dev.loupe.audit;

import dev.loupe.audit.AnswerOptions.Columns;
import dev.loupe.fault.LoupeException;
import dev.loupe.outcomes.OutcomeColumns;
import dev.loupe.outcomes.OutcomeFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Consumer;

/**
 * A table in CSV or JSON lines: id, system, category, outcome, confidence, cluster, label, answer,
 * target, question.
 */
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
    Columns columns = options.columns();
    Optional<String> text = cell(names, values, columns.text(), "answer", place);
    if (text.isEmpty() && names.contains(columns.text().orElse("answer"))) {
      text = Optional.of("");
    }
    Optional<String> outcome = cell(names, values, columns.outcome(), "outcome", place);
    if (outcome.isEmpty() && options.match().isEmpty()) {
      throw OutcomeColumns.missing(names, "outcome", "outcome", place);
    }
    Optional<String> target = cell(names, values, columns.target(), "target", place);
    if (options.match().isPresent() && !names.contains(columns.target().orElse("target"))) {
      throw OutcomeColumns.missing(names, columns.target().orElse("target"), "target", place);
    }
    Grade scored = outcome.map(each -> grade(each, "outcome", place)).orElse(Grade.UNDETERMINED);
    OptionalDouble recorded =
        cell(names, values, columns.confidence(), "confidence", place)
            .map(each -> probability(each, place))
            .orElse(OptionalDouble.empty());
    return new Answer(
        cell(names, values, columns.system(), "system", place).orElse(AnswerFile.name(file)),
        cell(names, values, columns.item(), "id", place),
        cell(names, values, columns.cluster(), "cluster", place),
        cell(names, values, columns.category(), "category", place),
        options.match().isPresent()
            ? options.grade(
                cell(names, values, columns.question(), "question", place),
                text,
                target.map(List::of).orElse(List.of()),
                scored)
            : scored,
        cell(names, values, columns.label(), "label", place)
            .map(each -> grade(each, "label", place)),
        text,
        options.confidence(recorded, text));
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
        throw OutcomeColumns.missing(names, asked.get(), field(usual), place);
      }
      return Optional.empty();
    }
    // An outcome without text is a grade; elsewhere nothing is no value.
    return usual.equals("outcome")
        ? Optional.of(values.get(at).orElse(""))
        : values.get(at).filter(text -> !text.isBlank());
  }

  /** Of the request, that names the column. */
  private static String field(String usual) {
    return switch (usual) {
      case "id" -> "item";
      case "answer" -> "text";
      default -> usual;
    };
  }

  private static Grade grade(String outcome, String column, String place) {
    return Grade.of(outcome)
        .orElseThrow(() ->
            LoupeException.badInput(
                "%s: %s '%s' is no grade".formatted(place, column, shown(outcome)),
                "Write correct, wrong, abstained, empty or undetermined."));
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
