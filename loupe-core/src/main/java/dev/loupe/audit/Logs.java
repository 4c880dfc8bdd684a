package dev.loupe.audit;

import dev.loupe.fault.LoupeException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.exc.UnexpectedEndOfInputException;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What the readers of JSON logs share. */
final class Logs {
  private static final int LONGEST_TEXT = 1 << 24;

  static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder().maxStringLength(LONGEST_TEXT).build())
                  .build())
          // Values are read one after the other from within a longer text.
          .disable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private Logs() {}

  /** A score as a grade: 1 or C is right, 0 or I wrong, N abstained, anything else undetermined. */
  static Grade grade(JsonNode value) {
    return switch (value.asString("").strip()) {
      case "C", "true", "1", "1.0" -> Grade.RIGHT;
      case "I", "false", "0", "0.0" -> Grade.WRONG;
      case "N" -> Grade.ABSTAINED;
      default -> Grade.UNDETERMINED;
    };
  }

  static Optional<String> text(JsonNode node) {
    return node.isMissingNode() || node.isNull()
        ? Optional.empty()
        : Optional.of(node.asString(node.toString()));
  }

  /** One text, or each of a list. */
  static List<String> texts(JsonNode node) {
    return node.isArray()
        ? node.valueStream().flatMap(each -> text(each).stream()).toList()
        : text(node).stream().toList();
  }

  /** Also of numbers that are written as strings; empty if it is none. */
  static OptionalDouble number(JsonNode node) {
    if (node.isNumber()) {
      return OptionalDouble.of(node.asDouble());
    }
    try {
      return node.isString()
          ? OptionalDouble.of(Double.parseDouble(node.asString()))
          : OptionalDouble.empty();
    } catch (NumberFormatException _) {
      return OptionalDouble.empty();
    }
  }

  static OptionalDouble probability(JsonNode node) {
    OptionalDouble value = number(node);
    return value.isPresent() && value.getAsDouble() >= 0 && value.getAsDouble() <= 1
        ? value
        : OptionalDouble.empty();
  }

  /** Whether a log ends in the middle, as that of a killed run does. */
  static boolean isCutShort(JacksonException failure) {
    return failure instanceof UnexpectedEndOfInputException;
  }

  static LoupeException broken(Object file, String what, JacksonException failure) {
    return LoupeException.badInput(
        "%s: is not a log of %s at line %d: %s"
            .formatted(
                file,
                what,
                failure.getLocation() == null ? 0 : failure.getLocation().getLineNr(),
                failure.getOriginalMessage()),
        "Give the file as the tool wrote it.",
        failure);
  }
}
