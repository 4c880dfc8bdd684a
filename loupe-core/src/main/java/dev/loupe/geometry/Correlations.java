package dev.loupe.geometry;

import java.util.Arrays;

/**
 * Pearson's correlations between the features of two tables over the same positions. Exact, and
 * cheap because activations are sparse: the products of a row come from the positions on which its
 * feature is active alone. A feature that never varies correlates with nothing: 0.
 */
public final class Correlations implements SimilarityMatrix {
  private final Side rows;
  private final ActivationTable columnTable;
  private final Side columns;
  private final int[] pairing;

  /**
   * What is needed of one table.
   *
   * @param starts where the entries of a feature begin, {@code [features + 1]}
   * @param positions of the entries
   * @param values of the entries
   * @param means {@code [features]}
   * @param inverse one over the norm of the centred activations; 0 for what never varies
   */
  @SuppressWarnings("ArrayRecordComponent") // nothing compares them
  private record Side(
      int[] starts, int[] positions, double[] values, double[] means, double[] inverse) {
    static Side of(ActivationTable table) {
      int features = table.features();
      int[] starts = new int[features + 1];
      for (int i = 0; i < table.count(); i++) {
        starts[table.feature(i) + 1]++;
      }
      for (int i = 0; i < features; i++) {
        starts[i + 1] += starts[i];
      }
      int[] next = Arrays.copyOf(starts, features);
      int[] positions = new int[table.count()];
      double[] values = new double[table.count()];
      for (int at = 0; at < table.positions(); at++) {
        for (int i = table.start(at); i < table.start(at + 1); i++) {
          int slot = next[table.feature(i)]++;
          positions[slot] = at;
          values[slot] = table.value(i);
        }
      }
      double[] means = table.sums();
      double[] inverse = new double[features];
      for (int feature = 0; feature < features; feature++) {
        means[feature] /= table.positions();
        double mean = means[feature];
        int active = starts[feature + 1] - starts[feature];
        double squares = (table.positions() - active) * mean * mean;
        for (int i = starts[feature]; i < starts[feature + 1]; i++) {
          squares += (values[i] - mean) * (values[i] - mean);
        }
        double norm = Math.sqrt(squares);
        inverse[feature] = norm > 1e-12 ? 1 / norm : 0;
      }
      return new Side(starts, positions, values, means, inverse);
    }
  }

  private Correlations(Side rows, ActivationTable columnTable, Side columns, int[] pairing) {
    this.rows = rows;
    this.columnTable = columnTable;
    this.columns = columns;
    this.pairing = pairing;
  }

  /**
   * The features of two tables of the same texts.
   *
   * @throws IllegalArgumentException if the tables have other numbers of positions
   */
  public static Correlations of(ActivationTable rows, ActivationTable columns) {
    if (rows.positions() != columns.positions()) {
      throw new IllegalArgumentException(
          rows.positions() + " positions against " + columns.positions());
    }
    int[] same = new int[rows.positions()];
    Arrays.setAll(same, i -> i);
    return new Correlations(Side.of(rows), columns, Side.of(columns), same);
  }

  /**
   * The same with the columns' positions in another order, for a null distribution.
   *
   * @param order position {@code i} of the rows goes with position {@code order[i]} of the columns
   */
  public Correlations permuted(int[] order) {
    return new Correlations(rows, columnTable, columns, order.clone());
  }

  @Override
  public int rows() {
    return rows.means().length;
  }

  @Override
  public int columns() {
    return columns.means().length;
  }

  @Override
  public void forEachRow(RowUse use) {
    double positions = columnTable.positions();
    double[] values = new double[columns()];
    double[] means = columns.means();
    double[] inverse = columns.inverse();
    for (int row = 0; row < rows(); row++) {
      Arrays.fill(values, 0);
      for (int i = rows.starts()[row]; i < rows.starts()[row + 1]; i++) {
        int at = pairing[rows.positions()[i]];
        double weight = rows.values()[i];
        for (int k = columnTable.start(at); k < columnTable.start(at + 1); k++) {
          values[columnTable.feature(k)] += weight * columnTable.value(k);
        }
      }
      double expected = positions * rows.means()[row];
      double scale = rows.inverse()[row];
      for (int column = 0; column < values.length; column++) {
        values[column] = (values[column] - expected * means[column]) * scale * inverse[column];
      }
      use.row(row, values);
    }
  }

  /**
   * The share of a row feature's active positions on which the column's feature is active too:
   * P(column | row), {@code [rows, columns]}; 0 for rows that are never active.
   */
  public double[][] containment() {
    double[][] shares = new double[rows()][columns()];
    for (int row = 0; row < rows(); row++) {
      int active = rows.starts()[row + 1] - rows.starts()[row];
      for (int i = rows.starts()[row]; i < rows.starts()[row + 1]; i++) {
        int at = pairing[rows.positions()[i]];
        for (int k = columnTable.start(at); k < columnTable.start(at + 1); k++) {
          shares[row][columnTable.feature(k)] += 1.0 / active;
        }
      }
    }
    return shares;
  }

  /**
   * P(column | row) for one column of each row: {@code [rows]}; NaN for rows that are never active.
   *
   * @param columnOfRow {@code [rows]}
   */
  public double[] containment(int[] columnOfRow) {
    double[] shares = new double[rows()];
    for (int row = 0; row < shares.length; row++) {
      int both = 0;
      for (int i = rows.starts()[row]; i < rows.starts()[row + 1]; i++) {
        int at = pairing[rows.positions()[i]];
        for (int k = columnTable.start(at); k < columnTable.start(at + 1); k++) {
          both += columnTable.feature(k) == columnOfRow[row] ? 1 : 0;
        }
      }
      shares[row] = (double) both / (rows.starts()[row + 1] - rows.starts()[row]);
    }
    return shares;
  }
}
