package dev.loupe.outcomes;

import dev.loupe.fault.LoupeException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;

/** Which cell of a row is what. */
record OutcomeCells(
    OutcomeColumns columns,
    int config,
    OptionalInt category,
    int success,
    OptionalInt item,
    OptionalInt cluster) {

  /**
   * Finds the columns in a header.
   *
   * @throws LoupeException if one is missing or there twice
   */
  static OutcomeCells of(List<String> header, OutcomeColumns columns, String place) {
    boolean usualCategory = columns.category().equals(OutcomeColumns.CATEGORY);
    return new OutcomeCells(
        columns,
        required(header, columns.config(), "config", place),
        usualCategory
            ? find(header, columns.category(), place)
            : OptionalInt.of(required(header, columns.category(), "category", place)),
        required(header, columns.success(), "success", place),
        // Asked to be the cluster, the usual column of items is none: its items may repeat.
        columns.item().isEmpty() && columns.cluster().equals(Optional.of(OutcomeColumns.ITEM))
            ? OptionalInt.empty()
            : optional(header, columns.item(), OutcomeColumns.ITEM, place),
        optional(header, columns.cluster(), OutcomeColumns.CLUSTER, place));
  }

  private static OptionalInt optional(
      List<String> header, Optional<String> asked, String usual, String place) {
    return asked.isPresent()
        ? OptionalInt.of(required(header, asked.get(), usual, place))
        : find(header, usual, place);
  }

  private static int required(List<String> header, String name, String field, String place) {
    return find(header, name, place)
        .orElseThrow(() -> OutcomeColumns.missing(header, name, field, place));
  }

  private static OptionalInt find(List<String> header, String name, String place) {
    int at = header.indexOf(name);
    if (at >= 0 && at != header.lastIndexOf(name)) {
      throw LoupeException.badInput(
          "%s: has two columns '%s'".formatted(place, name), "Rename one of them.");
    }
    return at < 0 ? OptionalInt.empty() : OptionalInt.of(at);
  }

  Outcome outcome(List<Optional<String>> row, String place) {
    return new Outcome(
        named(row, config, columns.config(), place),
        category.isPresent() ? named(row, category.getAsInt(), columns.category(), place) : "",
        success(row.get(success).orElse(""), place),
        item.isPresent()
            ? Optional.of(
                named(row, item.getAsInt(), columns.item().orElse(OutcomeColumns.ITEM), place))
            : Optional.empty(),
        cluster.isPresent()
            ? Optional.of(
                named(
                    row,
                    cluster.getAsInt(),
                    columns.cluster().orElse(OutcomeColumns.CLUSTER),
                    place))
            : Optional.empty(),
        place);
  }

  private static String named(List<Optional<String>> row, int at, String name, String place) {
    String text = row.get(at).orElse("").strip();
    if (text.isEmpty()) {
      throw LoupeException.badInput(
          "%s: column '%s' is empty".formatted(place, name), "Fill it in, or leave the row out.");
    }
    return text;
  }

  private boolean success(String text, String place) {
    return switch (text.strip().toLowerCase(Locale.ROOT)) {
      case "1", "1.0", "true", "yes" -> true;
      case "0", "0.0", "false", "no" -> false;
      default ->
          throw LoupeException.badInput(
              "%s: column '%s' is '%s'"
                  .formatted(place, columns.success(), OutcomeColumns.shortened(text)),
              "Write 1 or 0, true or false, yes or no; a score has to be cut at a threshold first.");
    };
  }
}
