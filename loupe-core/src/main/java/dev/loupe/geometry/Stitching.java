package dev.loupe.geometry;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;

/**
 * Whether a feature of a larger dictionary brings something that a smaller one lacks: added to the
 * smaller one's reconstruction as it is, does it lower the squared error (<i>novel</i>) or not
 * (<i>reconstruction</i>)? Leask et al. 2025 (arXiv:2502.04878), one feature at a time.
 */
public final class Stitching {
  private final Tensor decoder;
  private final double[] squaredNorms;
  private final double[] changes;
  private final long[] active;

  /**
   * @param decoder of the larger dictionary, {@code [features, d_model]}, kept by the caller
   */
  public Stitching(Tensor decoder) {
    this.decoder = decoder;
    try (var _ = NativeScope.open()) {
      this.squaredNorms = decoder.to(DType.F64).square().sum(false, 1).toDoubles();
    }
    this.changes = new double[squaredNorms.length];
    this.active = new long[squaredNorms.length];
  }

  /** Hands out the active features of the larger dictionary at a position. */
  @FunctionalInterface
  public interface Active {
    /** Calls {@code use} with feature and activation. */
    void forEach(int position, Use use);

    /** Takes one. */
    @FunctionalInterface
    interface Use {
      void feature(int feature, double activation);
    }
  }

  /**
   * Adds some positions.
   *
   * @param errors the smaller dictionary's: what is read minus its reconstruction, {@code [pos,
   *     d_model]}
   */
  public void add(Tensor errors, Active activations) {
    try (var _ = NativeScope.open()) {
      int features = squaredNorms.length;
      double[] along = errors.to(decoder.dtype()).matmul(decoder.transpose(0, 1)).toDoubles();
      for (int position = 0; position < errors.size(0); position++) {
        int first = position * features;
        activations.forEach(
            position,
            (feature, a) -> {
              changes[feature] += a * a * squaredNorms[feature] - 2 * a * along[first + feature];
              active[feature]++;
            });
      }
    }
  }

  /**
   * The change of the sum of squared errors by each feature, {@code [features]}; below 0: novel.
   */
  public double[] changes() {
    return changes.clone();
  }

  /** On how many positions each feature was active, {@code [features]}; 0: nothing can be said. */
  public long[] active() {
    return active.clone();
  }
}
