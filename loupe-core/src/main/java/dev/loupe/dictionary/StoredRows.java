package dev.loupe.dictionary;

import dev.loupe.tensor.StoredTensor;
import dev.loupe.tensor.Tensor;

/**
 * A matrix with one row per feature, as stored in a file: nothing is read or converted until a row
 * is requested.
 *
 * @param tensor the bytes
 * @param layout how the rows are stored in them
 * @param slot which of a feature's vectors, where it has several
 */
public record StoredRows(StoredTensor tensor, Layout layout, int slot) {
  /** How the rows are stored in the tensor. */
  public enum Layout {
    /** {@code [n_features, d_model]}. */
    ROWS,
    /** {@code [d_model, n_features]}. */
    COLUMNS,
    /** {@code [n_features, slots, d_model]}. */
    SLOTS
  }

  /** A tensor whose rows they are. */
  public static StoredRows of(StoredTensor tensor) {
    return new StoredRows(tensor, Layout.ROWS, 0);
  }

  /** A tensor whose columns they are. */
  public static StoredRows columnsOf(StoredTensor tensor) {
    return new StoredRows(tensor, Layout.COLUMNS, 0);
  }

  /** One of several vectors of each feature. */
  public static StoredRows slotOf(StoredTensor tensor, int slot) {
    return new StoredRows(tensor, Layout.SLOTS, slot);
  }

  /** Whether the tensor has as many axes as the layout needs. */
  boolean hasRank() {
    return tensor.shape().size() == (layout == Layout.SLOTS ? 3 : 2);
  }

  /** n_features. */
  long rows() {
    return tensor.shape().get(layout == Layout.COLUMNS ? 1 : 0);
  }

  /** d_model. */
  long width() {
    return layout == Layout.COLUMNS ? tensor.shape().getFirst() : tensor.shape().getLast();
  }

  /**
   * A view {@code [n_features, d_model]} of the stored bytes, in the stored element type; valid
   * while the file is open.
   */
  public Tensor view() {
    Tensor whole = Tensor.mapped(tensor.bytes(), tensor.dtype(), tensor.sizes());
    return switch (layout) {
      case ROWS -> whole;
      case COLUMNS -> whole.transpose(0, 1);
      case SLOTS -> whole.select(1, slot);
    };
  }
}
