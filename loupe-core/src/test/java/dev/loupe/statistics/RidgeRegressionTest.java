package dev.loupe.statistics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Several numbers by others. */
class RidgeRegressionTest {
  private static final double[][] X = {{1, 0}, {2, 1}, {3, 5}, {4, 2}, {6, 1}};

  @Test
  void almostNoPenaltyGivesTheLineItself() {
    double[][] y =
        Arrays.stream(X)
            .map(row -> new double[] {3 * row[0] - row[1] + 2, row[1]})
            .toArray(double[][]::new);
    RidgeRegression fit = RidgeRegression.of(X, y, 1e-12);
    assertEquals(3 * 10 - 7 + 2, fit.of(new double[] {10, 7})[0], 1e-6);
    assertEquals(7, fit.of(new double[] {10, 7})[1], 1e-6);
  }

  @Test
  void oneInputShrinksByTheClosedForm() {
    // Standardised input: the weight is the covariance over 1 + λ/n.
    double[][] x = {{0}, {2}};
    double[][] y = {{0}, {4}};
    assertEquals(2 + 2 / 1.5, RidgeRegression.of(x, y, 0.5).of(new double[] {2})[0], 1e-12);
  }

  @Test
  void noiseIsFoughtByTheLargestPenalty() {
    Random random = new Random(4);
    int[] groups = IntStream.range(0, 80).map(i -> i / 4).toArray();
    double[][] x = new double[80][30];
    double[][] y = new double[80][1];
    for (double[] row : x) {
      Arrays.setAll(row, _ -> random.nextGaussian());
    }
    for (double[] row : y) {
      row[0] = random.nextGaussian();
    }
    assertEquals(1, RidgeRegression.chosen(x, y, groups).penalty());
    for (int i = 0; i < 80; i++) {
      y[i][0] = 2 * x[i][3] - x[i][8];
    }
    RidgeRegression fit = RidgeRegression.chosen(x, y, groups);
    assertEquals(0.001, fit.penalty());
    assertTrue(Math.abs(fit.of(x[5])[0] - y[5][0]) < 0.05);
  }
}
