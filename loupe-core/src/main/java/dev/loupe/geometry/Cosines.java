package dev.loupe.geometry;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;

/** Cosines between the directions of two dictionaries; a direction of length 0 has cosine 0. */
public final class Cosines implements SimilarityMatrix {
  private static final int AT_ONCE = 256;

  /** Keeps what has no direction from being divided by 0. */
  private static final double SMALLEST = 1e-30;

  private final Tensor rows;
  private final Tensor columns;

  private Cosines(Tensor rows, Tensor columns) {
    this.rows = rows;
    this.columns = columns;
  }

  /**
   * Of directions that belong to the caller's scope, as this does.
   *
   * @param rows {@code [rows, d_model]}
   * @param columns {@code [columns, d_model]}
   * @throws IllegalArgumentException if the widths differ
   */
  public static Cosines of(Tensor rows, Tensor columns) {
    if (rows.size(1) != columns.size(1)) {
      throw new IllegalArgumentException(
          "directions of width " + rows.size(1) + " against " + columns.size(1));
    }
    return new Cosines(unit(rows), unit(columns));
  }

  /** Rows of length one, {@code [n, d_model]}, in the type that they have, at least float32. */
  public static Tensor unit(Tensor rows) {
    Tensor wide = rows.dtype() == DType.F64 ? rows : rows.to(DType.F32);
    return wide.dividedBy(wide.square().sum(true, -1).plus(SMALLEST).sqrt());
  }

  @Override
  public int rows() {
    return rows.size(0);
  }

  @Override
  public int columns() {
    return columns.size(0);
  }

  @Override
  public void forEachRow(RowUse use) {
    double[] values = new double[columns()];
    for (int from = 0; from < rows(); from += AT_ONCE) {
      int to = Math.min(rows(), from + AT_ONCE);
      double[] block;
      try (var _ = NativeScope.open()) {
        block = rows.slice(0, from, to).matmul(columns.transpose(0, 1)).toDoubles();
      }
      for (int row = from; row < to; row++) {
        System.arraycopy(block, (row - from) * values.length, values, 0, values.length);
        use.row(row, values);
      }
    }
  }
}
