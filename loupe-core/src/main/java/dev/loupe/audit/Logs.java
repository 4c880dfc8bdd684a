package dev.loupe.audit;

import dev.loupe.fault.LoupeException;
import dev.loupe.file.JsonText;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.exc.StreamReadException;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What the readers of JSON logs share. */
final class Logs {
  private static final int LONGEST_TEXT = 1 << 24;

  static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  // Python writes them.
                  .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
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
    if (!node.isString()) {
      return OptionalDouble.empty();
    }
    try {
      // Python's words for what is beyond all numbers.
      return OptionalDouble.of(
          Double.parseDouble(
              switch (node.asString().strip()) {
                case "inf" -> "Infinity";
                case "-inf" -> "-Infinity";
                case "nan" -> "NaN";
                case String other -> other;
              }));
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

  /** Each object of an array, at whose start the parser stands. */
  static void objects(JsonParser parser, Object file, String what, Runnable each) {
    for (JsonToken token = parser.nextToken();
        token != JsonToken.END_ARRAY;
        token = parser.nextToken()) {
      if (token != JsonToken.START_OBJECT) {
        throw broken(
            file, what, new StreamReadException(parser, "an object is wanted, not " + token));
      }
      each.run();
    }
  }

  /** Nothing may follow: it would be lost. */
  static void end(JsonParser parser, Object file, String what) {
    if (parser.nextToken() != null) {
      throw broken(file, what, new StreamReadException(parser, "something follows its end"));
    }
  }

  static LoupeException broken(Object file, String what, JacksonException failure) {
    return LoupeException.badInput(
        "%s: is not a log of %s at line %d: %s"
            .formatted(
                file,
                what,
                failure.getLocation() == null ? 0 : failure.getLocation().getLineNr(),
                JsonText.why(failure)),
        "Give the file as the tool wrote it.",
        failure);
  }
}
