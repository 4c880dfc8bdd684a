package dev.loupe.geometry;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Partners one to one whose values have the largest sum: the assignment problem, solved exactly by
 * shortest augmenting paths over the pairs that may be assigned (Jonker and Volgenant 1987, with
 * Dijkstra's search in place of their dense scan). A feature may stay without a partner. The
 * potentials prove the sum: {@code u_i + v_j ≥ value_ij} for every pair that may be assigned, with
 * equality on the assigned ones.
 */
public final class Assignment {
  /** What staying alone costs where every pair may be assigned: more than any value can bring. */
  private static final double ALONE = 4;

  private static final int NOBODY = -1;

  private final PairList pairs;
  private final double alone;
  private final double[] u;
  private final double[] v;
  private final int[] ofRow;
  private final int[] ofColumn;

  private final double[] distance;
  private final int[] from;
  private final boolean[] done;
  private final int[] seen;
  private int seenCount;
  private final ColumnHeap heap;

  private Assignment(PairList pairs) {
    this.pairs = pairs;
    this.alone = pairs.least() == Double.NEGATIVE_INFINITY ? ALONE : -pairs.least();
    int columns = pairs.columns();
    this.u = new double[pairs.rows()];
    this.v = new double[columns];
    this.ofRow = new int[pairs.rows()];
    this.ofColumn = new int[columns];
    this.distance = new double[columns];
    this.from = new int[columns];
    this.done = new boolean[columns];
    this.seen = new int[columns];
    this.heap = new ColumnHeap(columns);
    Arrays.fill(ofRow, NOBODY);
    Arrays.fill(ofColumn, NOBODY);
    Arrays.fill(distance, Double.POSITIVE_INFINITY);
  }

  /** Of values from -1 to 1. */
  static Assignment of(PairList pairs) {
    Assignment assignment = new Assignment(pairs);
    assignment.takeBest();
    for (int row = 0; row < pairs.rows(); row++) {
      if (assignment.ofRow[row] == NOBODY) {
        assignment.augment(row);
      }
    }
    return assignment;
  }

  /** Rows whose best column is still free take it. */
  private void takeBest() {
    for (int row = 0; row < u.length; row++) {
      double least = alone;
      int best = NOBODY;
      for (int i = pairs.start(row); i < pairs.start(row + 1); i++) {
        if (-pairs.value(i) < least) {
          least = -pairs.value(i);
          best = pairs.column(i);
        }
      }
      u[row] = least;
      if (best != NOBODY && ofColumn[best] == NOBODY) {
        ofRow[row] = best;
        ofColumn[best] = row;
      }
    }
  }

  /** Finds the cheapest way to give a row a column, or to leave some row alone instead. */
  private void augment(int source) {
    double[] end = {Double.POSITIVE_INFINITY};
    int loser = NOBODY; // the row that stays alone
    int last = NOBODY; // the free column where the way ends
    int row = source;
    double reached = 0;
    while (true) {
      double stay = reached + alone - u[row];
      if (stay < end[0]) {
        end[0] = stay;
        loser = row;
        last = NOBODY;
      }
      for (int i = pairs.start(row); i < pairs.start(row + 1); i++) {
        int column = pairs.column(i);
        if (!done[column]) {
          double length = reached - pairs.value(i) - u[row] - v[column];
          if (length < distance[column] && length < end[0]) {
            if (distance[column] == Double.POSITIVE_INFINITY) {
              seen[seenCount++] = column;
            }
            distance[column] = length;
            from[column] = row;
            if (ofColumn[column] == NOBODY) {
              end[0] = length;
              last = column;
            } else {
              heap.put(column, length);
            }
          }
        }
      }
      int next = heap.isEmpty() ? NOBODY : heap.take();
      if (next == NOBODY || distance[next] >= end[0]) {
        break;
      }
      done[next] = true;
      reached = distance[next];
      row = ofColumn[next];
    }
    settle(source, end[0]);
    turn(source, loser, last);
    forget();
  }

  /** Raises the potentials so that the way found has length 0. */
  private void settle(int source, double length) {
    u[source] += length;
    for (int i = 0; i < seenCount; i++) {
      int column = seen[i];
      if (done[column]) {
        double change = length - distance[column];
        v[column] -= change;
        u[ofColumn[column]] += change;
      }
    }
  }

  private void turn(int source, int loser, int last) {
    int column = last == NOBODY ? ofRow[loser] : last;
    if (last == NOBODY) {
      ofRow[loser] = NOBODY;
      if (loser == source) {
        return;
      }
    }
    while (true) {
      int row = from[column];
      int before = ofRow[row];
      ofRow[row] = column;
      ofColumn[column] = row;
      if (row == source) {
        return;
      }
      column = before;
    }
  }

  private void forget() {
    for (int i = 0; i < seenCount; i++) {
      distance[seen[i]] = Double.POSITIVE_INFINITY;
      done[seen[i]] = false;
    }
    seenCount = 0;
    heap.clear();
  }

  /** The column of each row; -1 for rows that stay alone. */
  public int[] ofRows() {
    return ofRow.clone();
  }

  /** All assigned pairs, rows rising. */
  public List<Matching.Pair> pairs() {
    List<Matching.Pair> assigned = new ArrayList<>();
    for (int row = 0; row < ofRow.length; row++) {
      if (ofRow[row] != NOBODY) {
        assigned.add(new Matching.Pair(row, ofRow[row], value(row)));
      }
    }
    return assigned;
  }

  private double value(int row) {
    for (int i = pairs.start(row); i < pairs.start(row + 1); i++) {
      if (pairs.column(i) == ofRow[row]) {
        return pairs.value(i);
      }
    }
    throw new IllegalStateException("row " + row + " was assigned what it may not have");
  }

  /** The sum over all assigned pairs. */
  public double sum() {
    return pairs().stream().mapToDouble(Matching.Pair::value).sum();
  }

  /** The sum over the number of pairs that are possible, so that those left alone count as 0. */
  public double mean() {
    return sum() / Math.max(1, Math.min(ofRow.length, ofColumn.length));
  }

  /** {@code u}, {@code [rows]}. */
  public double[] rowPotentials() {
    return Arrays.stream(u).map(each -> -each).toArray();
  }

  /** {@code v}, {@code [columns]}, 0 or more. */
  public double[] columnPotentials() {
    return Arrays.stream(v).map(each -> 0 - each).toArray();
  }
}
