package dev.loupe.outcomes;

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
}
