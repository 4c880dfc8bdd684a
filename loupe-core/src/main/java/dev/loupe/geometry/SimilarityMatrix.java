package dev.loupe.geometry;

import java.util.Arrays;

/**
 * How alike each feature of one dictionary (a row) and each of another (a column) are. It may have
 * hundreds of millions of entries, so it is never held whole: rows are handed out one by one.
 */
public interface SimilarityMatrix {
  /** Features of the one dictionary. */
  int rows();

  /** Features of the other. */
  int columns();

  /** Hands out every row, rising. */
  void forEachRow(RowUse use);

  /** The same without signs. */
  default SimilarityMatrix magnitudes() {
    SimilarityMatrix signed = this;
    return new SimilarityMatrix() {
      @Override
      public int rows() {
        return signed.rows();
      }

      @Override
      public int columns() {
        return signed.columns();
      }

      @Override
      public void forEachRow(RowUse use) {
        signed.forEachRow((row, values) -> {
          Arrays.setAll(values, i -> Math.abs(values[i]));
          use.row(row, values);
        });
      }
    };
  }

  /** Takes a row. */
  @FunctionalInterface
  interface RowUse {
    /**
     * @param values {@code [columns]}; the array is used again for the next row
     */
    void row(int row, double[] values);
  }
}
