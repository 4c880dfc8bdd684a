package dev.loupe.statistics;

/** The lower factor of a symmetric positive definite matrix, with which systems are solved. */
final class Cholesky {
  private final double[][] lower;

  private Cholesky(double[][] lower) {
    this.lower = lower;
  }

  /**
   * Factors a matrix.
   *
   * @param lower its lower half, which is overwritten
   */
  static Cholesky of(double[][] lower) {
    for (int a = 0; a < lower.length; a++) {
      for (int b = 0; b <= a; b++) {
        double sum = lower[a][b];
        for (int k = 0; k < b; k++) {
          sum -= lower[a][k] * lower[b][k];
        }
        lower[a][b] = a == b ? Math.sqrt(sum) : sum / lower[b][b];
      }
    }
    return new Cholesky(lower);
  }

  /** The solution for a right-hand side. */
  double[] solve(double[] right) {
    double[] solution = right.clone();
    for (int a = 0; a < solution.length; a++) {
      for (int k = 0; k < a; k++) {
        solution[a] -= lower[a][k] * solution[k];
      }
      solution[a] /= lower[a][a];
    }
    for (int a = solution.length - 1; a >= 0; a--) {
      for (int k = a + 1; k < solution.length; k++) {
        solution[a] -= lower[k][a] * solution[k];
      }
      solution[a] /= lower[a][a];
    }
    return solution;
  }
}
