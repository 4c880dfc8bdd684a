package dev.loupe.geometry;

import dev.loupe.statistics.RankCorrelation;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Eigen;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.Arrays;

/**
 * Whether two sets of directions, row by row partners, are arranged alike, though they live in
 * different spaces. Levels mean nothing by themselves (two random models reach an SVCCA of 0.74 in
 * the reference data): compare with shuffled partners.
 */
public final class PairedDirections {
  private static final int LEVEL_DIGITS = 12;

  private PairedDirections() {}

  /**
   * Singular vector canonical correlation analysis (Raghu et al. 2017).
   *
   * @param mean of the correlations
   * @param components principal components kept of each side
   * @param correlations canonical correlations, falling
   */
  @SuppressWarnings("ArrayRecordComponent") // nothing compares them
  public record Svcca(double mean, int[] components, double[] correlations) {
    public Svcca {
      components = components.clone();
      correlations = correlations.clone();
    }

    @Override
    public int[] components() {
      return components.clone();
    }

    @Override
    public double[] correlations() {
      return correlations.clone();
    }
  }

  /**
   * Mean canonical correlation of the leading principal subspaces, each centred over the pairs.
   *
   * @param a {@code [pairs, d]}
   * @param b {@code [pairs, e]}
   * @param share of the variance that the components kept hold at least
   */
  public static Svcca svcca(Tensor a, Tensor b, double share) {
    try (var _ = NativeScope.open()) {
      Tensor left = components(a, share);
      Tensor right = components(b, share);
      boolean turn = left.size(1) < right.size(1);
      Tensor product =
          turn
              ? right.transpose(0, 1).matmul(left)
              : left.transpose(0, 1).matmul(right); // [more, fewer]
      double[] squares =
          Eigen.of(product.transpose(0, 1).matmul(product)).values().toDoubles(); // rising
      double[] correlations = new double[squares.length];
      for (int i = 0; i < squares.length; i++) {
        correlations[i] = Math.sqrt(Math.clamp(squares[squares.length - 1 - i], 0, 1));
      }
      return new Svcca(
          Arrays.stream(correlations).average().orElse(Double.NaN),
          new int[] {left.size(1), right.size(1)},
          correlations);
    }
  }

  /** Orthonormal columns that span the leading components: {@code [pairs, kept]}. */
  private static Tensor components(Tensor rows, double share) {
    Tensor wide = rows.to(DType.F64);
    Tensor centred = wide.minus(wide.mean(true, 0));
    Eigen eigen = Eigen.of(centred.transpose(0, 1).matmul(centred));
    double[] variances = eigen.values().toDoubles(); // rising
    double total = Arrays.stream(variances).map(each -> Math.max(0, each)).sum();
    double held = 0;
    int kept = 0;
    for (int i = variances.length - 1; i >= 0 && held < share * total; i--) {
      held += Math.max(0, variances[i]);
      kept++;
    }
    int first = variances.length - kept;
    Tensor vectors = eigen.vectors().slice(1, first, variances.length);
    double[] inverse = new double[kept];
    Arrays.setAll(inverse, i -> 1 / Math.sqrt(variances[first + i]));
    return centred.matmul(vectors).times(Tensor.of(inverse, 1, kept));
  }

  /**
   * Representational similarity (Kriegeskorte et al. 2008): Spearman's correlation between the two
   * sides' correlations of row with row.
   *
   * @param a {@code [pairs, d]}
   * @param b {@code [pairs, e]}
   */
  public static double rsa(Tensor a, Tensor b) {
    return RankCorrelation.spearman(triangle(a), triangle(b), 0.95).value();
  }

  /** Correlations of each row with each later one, rounded so that equal ones tie. */
  private static double[] triangle(Tensor rows) {
    try (var _ = NativeScope.open()) {
      Tensor wide = rows.to(DType.F64);
      Tensor unit = Cosines.unit(wide.minus(wide.mean(true, -1)));
      double[] all = unit.matmul(unit.transpose(0, 1)).toDoubles();
      int n = rows.size(0);
      double[] some = new double[n * (n - 1) / 2];
      double digits = Math.pow(10, LEVEL_DIGITS);
      int at = 0;
      for (int i = 0; i < n; i++) {
        for (int j = i + 1; j < n; j++) {
          some[at++] = Math.rint(all[i * n + j] * digits) / digits;
        }
      }
      return some;
    }
  }
}
