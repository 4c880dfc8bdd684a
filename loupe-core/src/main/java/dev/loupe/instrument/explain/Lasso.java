package dev.loupe.instrument.explain;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The lasso path by least-angle regression (Efron et al. 2004), followed for a number of steps, on
 * plainly centred columns whose rows are multiplied by the square root of their weights.
 *
 * @param coefficients {@code [player]}
 * @param intercept b
 * @param active players with a coefficient, in the order in which they entered
 */
@SuppressWarnings("ArrayRecordComponent") // numbers handed on, never compared
record Lasso(double[] coefficients, double intercept, int[] active) {
  private static final double SAME = 1e-12;

  static Lasso of(LinearFit.Samples samples, int steps) {
    int rows = samples.weights().length;
    int players = samples.players();
    double[] meanX = new double[players];
    double meanY = 0;
    for (int r = 0; r < rows; r++) {
      for (int p = 0; p < players; p++) {
        meanX[p] += samples.feature(r, p) / rows;
      }
      meanY += samples.values().get(r)[0] / rows;
    }
    double[][] x = new double[rows][players];
    double[] y = new double[rows];
    for (int r = 0; r < rows; r++) {
      double root = Math.sqrt(samples.weights()[r]);
      for (int p = 0; p < players; p++) {
        x[r][p] = root * (samples.feature(r, p) - meanX[p]);
      }
      y[r] = root * (samples.values().get(r)[0] - meanY);
    }
    double[] coefficients = new double[players];
    List<Integer> active = new ArrayList<>();
    for (int step = 0; step < steps; step++) {
      step(x, y, coefficients, active);
    }
    double intercept = meanY;
    for (int p = 0; p < players; p++) {
      intercept -= meanX[p] * coefficients[p];
    }
    return new Lasso(
        coefficients,
        intercept,
        active.stream().mapToInt(Integer::intValue).filter(p -> coefficients[p] != 0).toArray());
  }

  /** One step: along the equiangular direction to the next player that enters or leaves. */
  private static void step(double[][] x, double[] y, double[] coefficients, List<Integer> active) {
    int players = coefficients.length;
    double[] rest = new double[y.length];
    for (int r = 0; r < y.length; r++) {
      rest[r] = y[r] - dot(x[r], coefficients);
    }
    double[] correlations = new double[players];
    for (int p = 0; p < players; p++) {
      for (int r = 0; r < y.length; r++) {
        correlations[p] += x[r][p] * rest[r];
      }
    }
    if (active.isEmpty()) {
      int first = 0;
      for (int p = 1; p < players; p++) {
        first = Math.abs(correlations[p]) > Math.abs(correlations[first]) ? p : first;
      }
      active.add(first);
    }
    int count = active.size();
    double largest = 0;
    double[][] square = new double[count][count];
    double[][] signs = new double[count][1];
    for (int i = 0; i < count; i++) {
      largest = Math.max(largest, Math.abs(correlations[active.get(i)]));
      signs[i][0] = Math.signum(correlations[active.get(i)]);
      for (int j = 0; j < count; j++) {
        for (double[] row : x) {
          square[i][j] += row[active.get(i)] * row[active.get(j)];
        }
      }
    }
    double[][] direction = LinearFit.solve(square, signs);
    double[] along = new double[players];
    for (double[] row : x) {
      double move = 0;
      for (int i = 0; i < count; i++) {
        move += row[active.get(i)] * direction[i][0];
      }
      for (int p = 0; p < players; p++) {
        along[p] += row[p] * move;
      }
    }
    double length = largest;
    int enters = -1;
    int leaves = -1;
    for (int p = 0; p < players; p++) {
      if (!active.contains(p)) {
        double[] reached = {
          (largest - correlations[p]) / (1 - along[p]), (largest + correlations[p]) / (1 + along[p])
        };
        for (double at : reached) {
          if (at > SAME && at < length) {
            length = at;
            enters = p;
          }
        }
      }
    }
    for (int i = 0; i < count; i++) {
      double at = -coefficients[active.get(i)] / direction[i][0];
      if (at > SAME && at < length) {
        length = at;
        enters = -1;
        leaves = active.get(i);
      }
    }
    for (int i = 0; i < count; i++) {
      coefficients[active.get(i)] += length * direction[i][0];
    }
    if (leaves >= 0) {
      coefficients[leaves] = 0;
      active.remove(Integer.valueOf(leaves));
    }
    if (enters >= 0) {
      active.add(enters);
    }
  }

  private static double dot(double[] row, double[] coefficients) {
    double sum = 0;
    for (int p = 0; p < row.length; p++) {
      sum += row[p] * coefficients[p];
    }
    return sum;
  }

  /** φ of the first column alone, {@code [player, 1]}. */
  double[][] phi() {
    return Arrays.stream(coefficients).mapToObj(c -> new double[] {0 - c}).toArray(double[][]::new);
  }
}
