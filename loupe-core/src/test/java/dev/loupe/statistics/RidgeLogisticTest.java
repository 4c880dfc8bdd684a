package dev.loupe.statistics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

/** Against the fit by one number, and against the condition of its minimum. */
class RidgeLogisticTest {
  private static final int SIZE = 80;
  private final Random random = new Random(2);

  @Test
  void withoutAPenaltyItIsTheFitByOneNumber() {
    double[] x = new double[SIZE];
    double[][] rows = new double[SIZE][];
    boolean[] outcome = new boolean[SIZE];
    for (int i = 0; i < SIZE; i++) {
      x[i] = 3 + 2 * random.nextGaussian();
      rows[i] = new double[] {x[i]};
      outcome[i] = x[i] + 3 * random.nextGaussian() > 3;
    }
    LogisticFit one = LogisticFit.of(x, outcome).orElseThrow();
    RidgeLogistic many = RidgeLogistic.of(rows, outcome, 0);
    assertEquals(one.intercept() + 5 * one.slope(), many.logit(new double[] {5}), 1e-6);
    assertEquals(one.intercept(), many.logit(new double[] {0}), 1e-6);
  }

  @Test
  void theSlopeOfTheObjectiveIsZeroAndNoiseIsPenalised() {
    double[][] x = new double[SIZE][20];
    boolean[] outcome = new boolean[SIZE];
    for (int i = 0; i < SIZE; i++) {
      for (int k = 0; k < 20; k++) {
        x[i][k] = random.nextGaussian();
      }
      outcome[i] = random.nextBoolean();
    }
    double penalty = 3;
    RidgeLogistic fit = RidgeLogistic.of(x, outcome, penalty);
    double[] weights = fit.weights();
    for (int k = 0; k < 20; k++) {
      double mean = 0;
      double squares = 0;
      for (double[] row : x) {
        mean += row[k] / SIZE;
      }
      for (double[] row : x) {
        squares += (row[k] - mean) * (row[k] - mean) / SIZE;
      }
      double slope = -penalty * weights[k];
      for (int i = 0; i < SIZE; i++) {
        double p = 1 / (1 + Math.exp(-fit.logit(x[i])));
        slope += ((outcome[i] ? 1 : 0) - p) * (x[i][k] - mean) / Math.sqrt(squares);
      }
      assertEquals(0, slope, 1e-6);
    }
    assertTrue(RidgeLogistic.chosen(x, outcome).penalty() >= 100);
  }
}
