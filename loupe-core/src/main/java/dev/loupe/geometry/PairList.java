package dev.loupe.geometry;

import java.util.Arrays;

/** The entries of a matrix above a bound, row after row. */
final class PairList {
  private final int columns;
  private final double least;
  private final int[] starts;
  private int row;
  private int[] ids = new int[1024];
  private double[] values = new double[1024];
  private int count;

  /**
   * @param least entries at or below it are left out
   */
  PairList(int rows, int columns, double least) {
    this.columns = columns;
    this.least = least;
    this.starts = new int[rows + 1];
  }

  /** Adds the next row. */
  void add(double[] row) {
    for (int column = 0; column < row.length; column++) {
      if (row[column] > least) {
        if (count == ids.length) {
          int longer = Math.addExact(count, count / 2);
          ids = Arrays.copyOf(ids, longer);
          values = Arrays.copyOf(values, longer);
        }
        ids[count] = column;
        values[count++] = row[column];
      }
    }
    starts[++this.row] = count;
  }

  /** No row follows: gives back what room is left over. */
  void end() {
    ids = Arrays.copyOf(ids, count);
    values = Arrays.copyOf(values, count);
  }

  int rows() {
    return starts.length - 1;
  }

  int columns() {
    return columns;
  }

  double least() {
    return least;
  }

  int start(int row) {
    return starts[row];
  }

  int column(int index) {
    return ids[index];
  }

  double value(int index) {
    return values[index];
  }
}
