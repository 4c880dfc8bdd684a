package dev.loupe.outcomes;

import dev.loupe.fault.LoupeException;
import java.util.List;
import java.util.Optional;

/**
 * The names of the columns.
 *
 * @param config required in the file
 * @param category its absence makes all trials one category
 * @param success 1 or 0, true or false, yes or no
 * @param item empty for none; a column of the usual name is taken without being asked for
 * @param cluster likewise
 */
public record OutcomeColumns(
    String config,
    String category,
    String success,
    Optional<String> item,
    Optional<String> cluster) {
  static final String ITEM = "item";
  static final String CLUSTER = "cluster";
  static final String CATEGORY = "category";

  /** config, category, success, and item and cluster where there are such columns. */
  public static OutcomeColumns usual() {
    return new OutcomeColumns("config", CATEGORY, "success", Optional.empty(), Optional.empty());
  }

  /**
   * That a file lacks a column.
   *
   * @param header names of its columns
   * @param name of the missing one
   * @param field of the request that names it
   * @param place of the header in the file
   */
  public static LoupeException missing(
      List<String> header, String name, String field, String place) {
    return LoupeException.badInput(
        "%s: has no column '%s'; there %s"
            .formatted(
                place,
                shortened(name),
                header.size() == 1
                    ? "is only '" + shortened(header.getFirst()) + "'"
                    : "are " + shortened("'" + String.join("', '", header) + "'")),
        "Name the column with `%s`.".formatted(field));
  }

  static String shortened(String text) {
    return text.length() <= 120 ? text : text.substring(0, 120) + "…";
  }
}
