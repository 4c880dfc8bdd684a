package dev.loupe.instrument.explain;

import java.util.List;
import java.util.stream.IntStream;

/**
 * Weighted least squares on sets of left-out players: min over b, c of Σ w (y − b − x·c)² + λ‖c‖²,
 * where x_i is 1 if player i is left out. The intercept b is not penalised.
 *
 * @param coefficients c, {@code [player, column]}; zero for players that were not fitted
 * @param intercept b, {@code [column]}
 */
@SuppressWarnings("ArrayRecordComponent") // numbers handed on, never compared
record LinearFit(double[][] coefficients, double[] intercept) {
  /**
   * Sets with their weights and values.
   *
   * @param values {@code [set, column]}
   */
  @SuppressWarnings("ArrayRecordComponent") // numbers handed on, never compared
  record Samples(int players, List<Removed> sets, double[] weights, List<double[]> values) {
    Samples {
      sets = List.copyOf(sets);
      values = List.copyOf(values);
    }

    double feature(int set, int player) {
      return sets.get(set).has(player) ? 1 : 0;
    }

    int columns() {
      return values.getFirst().length;
    }
  }

  /** The fit on all players. */
  static LinearFit of(Samples samples, double ridge) {
    return of(samples, ridge, IntStream.range(0, samples.players()).toArray());
  }

  /** The fit on some of the players. */
  static LinearFit of(Samples samples, double ridge, int[] fitted) {
    double[] weights = samples.weights();
    int sets = weights.length;
    int columns = samples.columns();
    double total = 0;
    double[] meanX = new double[fitted.length];
    double[] meanY = new double[columns];
    for (int s = 0; s < sets; s++) {
      total += weights[s];
      for (int i = 0; i < fitted.length; i++) {
        meanX[i] += weights[s] * samples.feature(s, fitted[i]);
      }
      for (int c = 0; c < columns; c++) {
        meanY[c] += weights[s] * samples.values().get(s)[c];
      }
    }
    double sum = total;
    for (int i = 0; i < fitted.length; i++) {
      meanX[i] /= sum;
    }
    for (int c = 0; c < columns; c++) {
      meanY[c] /= sum;
    }
    double[][] square = new double[fitted.length][fitted.length];
    double[][] right = new double[fitted.length][columns];
    for (int s = 0; s < sets; s++) {
      double[] x = new double[fitted.length];
      for (int i = 0; i < fitted.length; i++) {
        x[i] = samples.feature(s, fitted[i]) - meanX[i];
      }
      double[] y = samples.values().get(s);
      for (int i = 0; i < fitted.length; i++) {
        double weighted = weights[s] * x[i];
        for (int j = 0; j < fitted.length; j++) {
          square[i][j] += weighted * x[j];
        }
        for (int c = 0; c < columns; c++) {
          right[i][c] += weighted * (y[c] - meanY[c]);
        }
      }
    }
    for (int i = 0; i < fitted.length; i++) {
      square[i][i] += ridge;
    }
    double[][] solved = solve(square, right);
    double[][] coefficients = new double[samples.players()][columns];
    double[] intercept = meanY.clone();
    for (int i = 0; i < fitted.length; i++) {
      coefficients[fitted[i]] = solved[i];
      for (int c = 0; c < columns; c++) {
        intercept[c] -= solved[i][c] * meanX[i];
      }
    }
    return new LinearFit(coefficients, intercept);
  }

  /** The weighted share of the first column's variance that the fit accounts for. */
  double explained(Samples samples) {
    double[] weights = samples.weights();
    double total = 0;
    double mean = 0;
    for (int s = 0; s < weights.length; s++) {
      total += weights[s];
      mean += weights[s] * samples.values().get(s)[0];
    }
    mean /= total;
    double rest = 0;
    double all = 0;
    for (int s = 0; s < weights.length; s++) {
      double predicted = intercept[0];
      for (int player : samples.sets().get(s).players()) {
        predicted += coefficients[player][0];
      }
      double y = samples.values().get(s)[0];
      rest += weights[s] * (y - predicted) * (y - predicted);
      all += weights[s] * (y - mean) * (y - mean);
    }
    return 1 - rest / all;
  }

  /** φ = −c, {@code [player, column]}. */
  double[][] phi() {
    double[][] phi = new double[coefficients.length][];
    for (int i = 0; i < phi.length; i++) {
      phi[i] = new double[coefficients[i].length];
      for (int c = 0; c < phi[i].length; c++) {
        phi[i][c] = 0 - coefficients[i][c];
      }
    }
    return phi;
  }

  /**
   * The solution of {@code square · x = right}, by elimination with pivots from the diagonal's
   * column; both are overwritten. A direction that the sets do not determine gets zero.
   */
  static double[][] solve(double[][] square, double[][] right) {
    int n = square.length;
    for (int k = 0; k < n; k++) {
      int pivot = k;
      for (int i = k + 1; i < n; i++) {
        pivot = Math.abs(square[i][k]) > Math.abs(square[pivot][k]) ? i : pivot;
      }
      swap(square, k, pivot);
      swap(right, k, pivot);
      if (Math.abs(square[k][k]) < 1e-12) {
        continue;
      }
      for (int i = k + 1; i < n; i++) {
        double factor = square[i][k] / square[k][k];
        for (int j = k; j < n; j++) {
          square[i][j] -= factor * square[k][j];
        }
        for (int c = 0; c < right[i].length; c++) {
          right[i][c] -= factor * right[k][c];
        }
      }
    }
    for (int k = n - 1; k >= 0; k--) {
      boolean free = Math.abs(square[k][k]) < 1e-12;
      for (int c = 0; c < right[k].length; c++) {
        for (int j = k + 1; j < n; j++) {
          right[k][c] -= square[k][j] * right[j][c];
        }
        right[k][c] = free ? 0 : right[k][c] / square[k][k];
      }
    }
    return right;
  }

  private static void swap(double[][] rows, int a, int b) {
    double[] row = rows[a];
    rows[a] = rows[b];
    rows[b] = row;
  }
}
