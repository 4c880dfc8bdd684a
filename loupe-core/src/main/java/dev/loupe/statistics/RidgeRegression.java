package dev.loupe.statistics;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Several numbers by many others: linear regression with an intercept and a squared penalty on the
 * weights of standardised inputs, {@code |y − Xw|² + λ |w|²}, solved exactly.
 */
public final class RidgeRegression {
  /** As shares of the number of rows. */
  private static final double[] PENALTIES = {1, 0.1, 0.01, 0.001};

  private static final int FOLDS = 4;

  private final double[] mean;
  private final double[] spread;
  private final double[] level;
  private final double penalty;

  /** {@code [output][input]}, of standardised inputs. */
  private final double[][] weights;

  private RidgeRegression(
      double[] mean, double[] spread, double[] level, double penalty, double[][] weights) {
    this.mean = mean;
    this.spread = spread;
    this.level = level;
    this.penalty = penalty;
    this.weights = weights;
  }

  /**
   * Fits with the penalty, of four that differ by tens, whose squared error on left-out folds is
   * the smallest, each output over its own variance.
   *
   * @param x {@code [n, d]}
   * @param y {@code [n, outputs]}
   * @param groups of each row its group: a fold leaves whole groups out
   */
  public static RidgeRegression chosen(double[][] x, double[][] y, int[] groups) {
    double[] scale = spread(y, mean(y));
    double[] left = new double[PENALTIES.length];
    for (int fold = 0; fold < FOLDS; fold++) {
      int out = fold;
      int[] fitting = IntStream.range(0, x.length).filter(i -> groups[i] % FOLDS != out).toArray();
      if (fitting.length == 0 || fitting.length == x.length) {
        continue;
      }
      Sums sums = new Sums(rows(x, fitting), rows(y, fitting));
      for (int p = 0; p < PENALTIES.length; p++) {
        RidgeRegression fit = sums.fit(PENALTIES[p]);
        for (int i = 0; i < x.length; i++) {
          if (groups[i] % FOLDS == out) {
            double[] found = fit.of(x[i]);
            for (int k = 0; k < found.length; k++) {
              left[p] += Math.pow((found[k] - y[i][k]) / scale[k], 2);
            }
          }
        }
      }
    }
    int best = 0;
    for (int p = 1; p < left.length; p++) {
      best = left[p] < left[best] ? p : best;
    }
    return of(x, y, PENALTIES[best]);
  }

  /**
   * Fits with a given penalty.
   *
   * @param share λ over the number of rows
   */
  public static RidgeRegression of(double[][] x, double[][] y, double share) {
    return new Sums(x, y).fit(share);
  }

  /** What a fit needs of the rows, whatever the penalty. */
  private static final class Sums {
    private final double[] mean;
    private final double[] spread;
    private final double[] level;
    private final int rows;

    /** The lower half of the products of inputs, and of outputs with inputs. */
    private final double[][] lower;

    private final double[][] right;

    Sums(double[][] x, double[][] y) {
      mean = mean(x);
      spread = spread(x, mean);
      level = mean(y);
      rows = x.length;
      int d = mean.length;
      lower = new double[d][d];
      right = new double[level.length][d];
      for (int i = 0; i < rows; i++) {
        double[] z = standardised(x[i], mean, spread);
        for (int a = 0; a < d; a++) {
          for (int b = 0; b <= a; b++) {
            lower[a][b] += z[a] * z[b];
          }
        }
        for (int k = 0; k < level.length; k++) {
          double away = y[i][k] - level[k];
          for (int a = 0; a < d && away != 0; a++) {
            right[k][a] += z[a] * away;
          }
        }
      }
    }

    RidgeRegression fit(double share) {
      double[][] penalised = Arrays.stream(lower).map(double[]::clone).toArray(double[][]::new);
      for (int a = 0; a < penalised.length; a++) {
        penalised[a][a] += share * rows;
      }
      Cholesky factor = Cholesky.of(penalised);
      double[][] weights = Arrays.stream(right).map(factor::solve).toArray(double[][]::new);
      return new RidgeRegression(mean, spread, level, share, weights);
    }
  }

  /** The outputs for one row of inputs. */
  public double[] of(double[] row) {
    double[] z = standardised(row, mean, spread);
    double[] found = level.clone();
    for (int k = 0; k < found.length; k++) {
      for (int a = 0; a < z.length; a++) {
        found[k] += weights[k][a] * z[a];
      }
    }
    return found;
  }

  /** λ over the number of rows. */
  public double penalty() {
    return penalty;
  }

  private static double[] standardised(double[] row, double[] mean, double[] spread) {
    double[] z = new double[row.length];
    Arrays.setAll(z, a -> (row[a] - mean[a]) / spread[a]);
    return z;
  }

  private static double[] mean(double[][] rows) {
    double[] mean = new double[rows[0].length];
    for (double[] row : rows) {
      for (int k = 0; k < mean.length; k++) {
        mean[k] += row[k] / rows.length;
      }
    }
    return mean;
  }

  /** Standard deviations; 1 where there is none. */
  private static double[] spread(double[][] rows, double[] mean) {
    double[] squares = new double[mean.length];
    for (double[] row : rows) {
      for (int k = 0; k < mean.length; k++) {
        squares[k] += Math.pow(row[k] - mean[k], 2) / rows.length;
      }
    }
    return Arrays.stream(squares).map(each -> each > 0 ? Math.sqrt(each) : 1).toArray();
  }

  private static double[][] rows(double[][] all, int[] which) {
    return Arrays.stream(which).mapToObj(i -> all[i]).toArray(double[][]::new);
  }
}
