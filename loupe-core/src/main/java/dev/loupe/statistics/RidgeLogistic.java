package dev.loupe.statistics;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * The probability of an outcome by many numbers: logistic regression with a squared penalty on
 * standardised weights, {@code −log L + λ/2 Σ w²}, by Newton's method; the intercept is free.
 */
public final class RidgeLogistic {
  private static final double[] PENALTIES = {1000, 100, 10, 1};
  private static final int FOLDS = 4;
  private static final int MOST_STEPS = 50;
  private static final double CONVERGED = 1e-8;

  private final double[] mean;
  private final double[] spread;
  private final double penalty;

  /** The intercept comes last. */
  private final double[] weights;

  private RidgeLogistic(double[] mean, double[] spread, double penalty, double[] weights) {
    this.mean = mean;
    this.spread = spread;
    this.penalty = penalty;
    this.weights = weights;
  }

  /**
   * Fits with the penalty, of four that differ by tens, whose log-likelihood on left-out folds of
   * the same items is best.
   *
   * @param x {@code [n, d]}
   * @param outcome {@code [n]}
   */
  public static RidgeLogistic chosen(double[][] x, boolean[] outcome) {
    double[] left = new double[PENALTIES.length];
    for (int fold = 0; fold < FOLDS; fold++) {
      int out = fold;
      int[] fitting = IntStream.range(0, x.length).filter(i -> i % FOLDS != out).toArray();
      double[] warm = new double[x[0].length + 1];
      for (int p = 0; p < PENALTIES.length; p++) {
        RidgeLogistic fit = fit(rows(x, fitting), some(outcome, fitting), PENALTIES[p], warm);
        warm = fit.weights;
        for (int i = out; i < x.length; i += FOLDS) {
          double z = fit.logit(x[i]);
          left[p] += logShare(outcome[i] ? z : -z);
        }
      }
    }
    int best = 0;
    for (int p = 1; p < left.length; p++) {
      best = left[p] > left[best] ? p : best;
    }
    return fit(x, outcome, PENALTIES[best], new double[x[0].length + 1]);
  }

  /** Fits with a given penalty. */
  public static RidgeLogistic of(double[][] x, boolean[] outcome, double penalty) {
    return fit(x, outcome, penalty, new double[x[0].length + 1]);
  }

  private static double[][] rows(double[][] x, int[] which) {
    return Arrays.stream(which).mapToObj(i -> x[i]).toArray(double[][]::new);
  }

  private static boolean[] some(boolean[] outcome, int[] which) {
    boolean[] some = new boolean[which.length];
    for (int i = 0; i < which.length; i++) {
      some[i] = outcome[which[i]];
    }
    return some;
  }

  private static RidgeLogistic fit(
      double[][] x, boolean[] outcome, double penalty, double[] start) {
    int d = x[0].length;
    double[] mean = new double[d];
    double[] spread = new double[d];
    for (int k = 0; k < d; k++) {
      int column = k;
      mean[k] = Arrays.stream(x).mapToDouble(row -> row[column]).sum() / x.length;
      double squares =
          Arrays.stream(x).mapToDouble(row -> Math.pow(row[column] - mean[column], 2)).sum();
      spread[k] = squares > 0 ? Math.sqrt(squares / x.length) : 1;
    }
    RidgeLogistic fit = new RidgeLogistic(mean, spread, penalty, start.clone());
    double[][] z = Arrays.stream(x).map(fit::standardised).toArray(double[][]::new);
    int step = 0;
    while (step < MOST_STEPS && fit.newton(z, outcome) > CONVERGED) {
      step++;
    }
    return fit;
  }

  /** With 1 for the intercept. */
  private double[] standardised(double[] row) {
    double[] z = new double[row.length + 1];
    for (int k = 0; k < row.length; k++) {
      z[k] = (row[k] - mean[k]) / spread[k];
    }
    z[row.length] = 1;
    return z;
  }

  /** One step, halved until the objective falls; how far the weights moved at most. */
  private double newton(double[][] z, boolean[] outcome) {
    int size = weights.length;
    double[] gradient = new double[size];
    double[][] curvature = new double[size][size];
    for (int i = 0; i < z.length; i++) {
      double p = 1 / (1 + Math.exp(-dot(weights, z[i])));
      double away = (outcome[i] ? 1 : 0) - p;
      double weight = p * (1 - p);
      for (int a = 0; a < size; a++) {
        gradient[a] += away * z[i][a];
        double scaled = weight * z[i][a];
        for (int b = 0; b <= a; b++) {
          curvature[a][b] += scaled * z[i][b];
        }
      }
    }
    for (int a = 0; a < size - 1; a++) {
      gradient[a] -= penalty * weights[a];
      curvature[a][a] += penalty;
    }
    curvature[size - 1][size - 1] += 1e-9; // all outcomes alike leave the intercept without bound
    double[] step = Cholesky.of(curvature).solve(gradient);
    double before = objective(z, outcome, weights);
    double part = 1;
    double[] tried = moved(step, part);
    while (objective(z, outcome, tried) > before + 1e-12 * Math.abs(before) && part > 1e-6) {
      part /= 2;
      tried = moved(step, part);
    }
    System.arraycopy(tried, 0, weights, 0, size);
    return part * Arrays.stream(step).map(Math::abs).max().orElse(0);
  }

  private double[] moved(double[] step, double part) {
    double[] moved = weights.clone();
    Arrays.setAll(moved, a -> weights[a] + part * step[a]);
    return moved;
  }

  private double objective(double[][] z, boolean[] outcome, double[] of) {
    double sum = 0;
    for (int i = 0; i < z.length; i++) {
      double logit = dot(of, z[i]);
      sum -= logShare(outcome[i] ? logit : -logit);
    }
    for (int a = 0; a < of.length - 1; a++) {
      sum += penalty / 2 * of[a] * of[a];
    }
    return sum;
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  private static double logShare(double logit) {
    return logit < 0 ? logit - Math.log1p(Math.exp(logit)) : -Math.log1p(Math.exp(-logit));
  }

  /** The logarithm of the odds of the outcome. */
  public double logit(double[] row) {
    return dot(weights, standardised(row));
  }

  /** How much the logarithm of the odds rises by each number: {@code [d]}. */
  public double[] slopes() {
    double[] slopes = new double[spread.length];
    Arrays.setAll(slopes, k -> weights[k] / spread[k]);
    return slopes;
  }

  /** The penalty λ. */
  public double penalty() {
    return penalty;
  }

  /** Weights of standardised numbers, the intercept last. */
  double[] weights() {
    return weights.clone();
  }
}
