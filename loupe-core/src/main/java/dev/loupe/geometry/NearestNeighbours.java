package dev.loupe.geometry;

import java.util.Arrays;
import java.util.function.IntConsumer;

/**
 * The nearest others of each of a set of directions, by cosine.
 *
 * @param ids {@code [n, k]}, the nearest first
 * @param cosines {@code [n, k]}
 */
@SuppressWarnings("ArrayRecordComponent") // nothing compares them
public record NearestNeighbours(int[][] ids, double[][] cosines) {

  /**
   * Of every row, itself left out.
   *
   * @param square of a set of directions with itself
   * @param k neighbours of each
   * @param done hears how many rows are done
   * @throws IllegalArgumentException if there are not more than k directions
   */
  public static NearestNeighbours of(SimilarityMatrix square, int k, IntConsumer done) {
    if (square.rows() != square.columns() || square.rows() <= k) {
      throw new IllegalArgumentException(k + " neighbours among " + square.rows());
    }
    int[][] ids = new int[square.rows()][];
    double[][] cosines = new double[square.rows()][];
    square.forEachRow((row, values) -> {
      values[row] = Double.NEGATIVE_INFINITY;
      ids[row] = largest(values, k);
      cosines[row] = Arrays.stream(ids[row]).mapToDouble(i -> values[i]).toArray();
      done.accept(row + 1);
    });
    return new NearestNeighbours(ids, cosines);
  }

  /** The places of the largest values, the largest first; the first of equals. */
  static int[] largest(double[] values, int k) {
    int[] best = new int[k];
    int held = 0;
    for (int i = 0; i < values.length; i++) {
      if (held < k || values[i] > values[best[held - 1]]) {
        int place = held < k ? held++ : k - 1;
        while (place > 0 && values[best[place - 1]] < values[i]) {
          best[place] = best[place - 1];
          place--;
        }
        best[place] = i;
      }
    }
    return best;
  }

  /** How many rows. */
  public int size() {
    return ids.length;
  }

  /** Neighbours of each. */
  public int k() {
    return ids[0].length;
  }

  /**
   * The share of these neighbours that are among the k nearest in a plane as well, over some rows;
   * by chance {@code k / (n - 1)}.
   *
   * @param plane {@code [n, 2]}
   * @param rows those that are looked at
   */
  public double preserved(double[][] plane, int... rows) {
    double[] near = new double[plane.length];
    long kept = 0;
    for (int row : rows) {
      for (int i = 0; i < plane.length; i++) {
        double x = plane[i][0] - plane[row][0];
        double y = plane[i][1] - plane[row][1];
        near[i] = -(x * x + y * y);
      }
      near[row] = Double.NEGATIVE_INFINITY;
      int[] there = largest(near, k());
      for (int id : ids[row]) {
        kept += Arrays.stream(there).anyMatch(other -> other == id) ? 1 : 0;
      }
    }
    return (double) kept / ((long) rows.length * k());
  }

  /**
   * Trustworthiness (Venna and Kaski 2001) over some rows: 1 less what is near in the plane and far
   * in truth, weighed by how far down it stands in truth; 1 is perfect, about one half is chance.
   *
   * @param square the cosines that these neighbours come from
   * @param plane {@code [n, 2]}
   * @param sampled whether a row is looked at, {@code [n]}
   */
  public double trustworthiness(SimilarityMatrix square, double[][] plane, boolean[] sampled) {
    int n = size();
    double[] near = new double[n];
    double[] penalty = {0};
    int[] looked = {0};
    square.forEachRow((row, values) -> {
      if (sampled[row]) {
        looked[0]++;
        for (int i = 0; i < n; i++) {
          double x = plane[i][0] - plane[row][0];
          double y = plane[i][1] - plane[row][1];
          near[i] = -(x * x + y * y);
        }
        near[row] = Double.NEGATIVE_INFINITY;
        for (int other : largest(near, k())) {
          int rank = 1;
          for (int i = 0; i < n; i++) {
            rank += i != row && values[i] > values[other] ? 1 : 0;
          }
          penalty[0] += Math.max(0, rank - k());
        }
      }
    });
    double most = (double) k() * (2.0 * n - 3.0 * k() - 1) / 2;
    return 1 - penalty[0] / Math.max(1, looked[0]) / most;
  }
}
