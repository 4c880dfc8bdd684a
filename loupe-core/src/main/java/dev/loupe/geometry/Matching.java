package dev.loupe.geometry;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Each feature's best partner in the other dictionary, both ways (many to one), and the pairs from
 * which an assignment chooses.
 */
public final class Matching {
  private final int[] ofRows;
  private final double[] rowValues;
  private final int[] ofColumns;
  private final double[] columnValues;
  private final PairList pairs;

  private Matching(int rows, int columns, PairList pairs) {
    this.ofRows = new int[rows];
    this.rowValues = new double[rows];
    this.ofColumns = new int[columns];
    this.columnValues = new double[columns];
    this.pairs = pairs;
    Arrays.fill(rowValues, Double.NEGATIVE_INFINITY);
    Arrays.fill(columnValues, Double.NEGATIVE_INFINITY);
  }

  /** Two features that go together. */
  public record Pair(int row, int column, double value) {}

  /**
   * Looks at all pairs once.
   *
   * @param least pairs at or below it are never assigned to each other; minus infinity for all
   */
  public static Matching of(SimilarityMatrix matrix, double least) {
    PairList pairs = new PairList(matrix.rows(), matrix.columns(), least);
    Matching matching = new Matching(matrix.rows(), matrix.columns(), pairs);
    matrix.forEachRow(matching::add);
    pairs.end();
    return matching;
  }

  private void add(int row, double[] values) {
    double best = Double.NEGATIVE_INFINITY;
    int at = 0;
    for (int column = 0; column < values.length; column++) {
      double value = values[column];
      if (value > best) {
        best = value;
        at = column;
      }
      if (value > columnValues[column]) {
        columnValues[column] = value;
        ofColumns[column] = row;
      }
    }
    ofRows[row] = at;
    rowValues[row] = best;
    pairs.add(values);
  }

  /** The best column of each row; the first of equals. */
  public int[] ofRows() {
    return ofRows.clone();
  }

  /** How good it is. */
  public double[] rowValues() {
    return rowValues.clone();
  }

  /** The best row of each column; the first of equals. */
  public int[] ofColumns() {
    return ofColumns.clone();
  }

  /** How good it is. */
  public double[] columnValues() {
    return columnValues.clone();
  }

  /** Pairs that are each other's best, rows rising. */
  public List<Pair> mutual() {
    List<Pair> mutual = new ArrayList<>();
    for (int row = 0; row < ofRows.length; row++) {
      if (ofColumns[ofRows[row]] == row) {
        mutual.add(new Pair(row, ofRows[row], rowValues[row]));
      }
    }
    return mutual;
  }

  /** The mean of the rows' best values. */
  public double meanBest() {
    return Arrays.stream(rowValues).average().orElse(Double.NaN);
  }

  /** Partners one to one, whose values have the largest sum. */
  public Assignment assignment() {
    return Assignment.of(pairs);
  }
}
