package dev.loupe.outcomes;

import dev.loupe.fault.FileFault;
import dev.loupe.fault.LoupeException;
import dev.loupe.file.LfsPointer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.GZIPInputStream;

/**
 * The numbers of one column of a table, summed by cluster; without clusters each row is one.
 *
 * @param sums of each cluster's numbers
 * @param counts of them
 * @param rows with a number
 */
@SuppressWarnings("ArrayRecordComponent") // numbers handed on, never compared
public record NumberColumn(double[] sums, double[] counts, long rows) {
  /** Clusters at most: the bootstrap draws from all of them again and again. */
  public static final int MOST = 100_000;

  /**
   * Reads a file: CSV with a header, or JSON lines, plain or as {@code .gz}.
   *
   * @param column whose numbers are read
   * @param cluster column that says which rows depend on each other
   * @throws LoupeException if it cannot be read, lacks a column or has a cell that is no finite
   *     number; with the line
   */
  public static NumberColumn read(Path file, String column, Optional<String> cluster) {
    try {
      LfsPointer.refuse(file);
      try (InputStream bytes = Files.newInputStream(file);
          InputStream plain =
              file.toString().endsWith(".gz") ? new GZIPInputStream(bytes, 1 << 16) : bytes) {
        return read(plain, file.toString(), column, cluster);
      }
    } catch (IOException e) {
      throw FileFault.cannotRead(file, e);
    }
  }

  /**
   * As {@link #read(Path, String, Optional)}, from a stream.
   *
   * @param name of the stream for people
   */
  public static NumberColumn read(
      InputStream in, String name, String column, Optional<String> cluster) throws IOException {
    Map<String, double[]> clusters = new LinkedHashMap<>();
    long rows =
        OutcomeFile.rows(
            in,
            name,
            (names, values, place) -> {
              double number = number(cell(names, values, column, "column", place), column, place);
              String key =
                  cluster
                      .map(each -> cell(names, values, each, "cluster", place))
                      .orElseGet(() -> String.valueOf(clusters.size()));
              double[] kept = clusters.computeIfAbsent(key, _ -> new double[2]);
              kept[0] += number;
              kept[1]++;
              if (clusters.size() > MOST) {
                throw LoupeException.badInput(
                    place + ": more than 100,000 values to draw from",
                    "Name a column of clusters (`cluster`), or take part of the table.");
              }
            });
    if (rows == 0) {
      throw LoupeException.badInput(
          name + ": has a header but no row", "Give one number a line below the header.");
    }
    return new NumberColumn(
        clusters.values().stream().mapToDouble(each -> each[0]).toArray(),
        clusters.values().stream().mapToDouble(each -> each[1]).toArray(),
        rows);
  }

  private static String cell(
      List<String> names,
      List<Optional<String>> values,
      String column,
      String field,
      String place) {
    int at = names.indexOf(column);
    if (at < 0) {
      throw OutcomeColumns.missing(names, column, field, place);
    }
    if (at != names.lastIndexOf(column)) {
      throw LoupeException.badInput(
          "%s: has two columns '%s'".formatted(place, column), "Rename one of them.");
    }
    return values
        .get(at)
        .map(String::strip)
        .filter(text -> !text.isEmpty())
        .orElseThrow(() ->
            LoupeException.badInput(
                "%s: '%s' is empty".formatted(place, column),
                "Give a value in every row, or leave the row out."));
  }

  private static double number(String text, String column, String place) {
    try {
      double number = Double.parseDouble(text);
      if (Double.isFinite(number)) {
        return number;
      }
    } catch (NumberFormatException e) {
      // told below
    }
    throw LoupeException.badInput(
        "%s: '%s' of '%s' is no finite number"
            .formatted(place, OutcomeColumns.shortened(text), column),
        "Write it as 0.5 or 1e-3.");
  }
}
