package dev.loupe.geometry;

import java.util.Arrays;

/** Columns by their distance, the nearest first; a distance can fall. */
final class ColumnHeap {
  private final int[] columns;
  private final int[] places;
  private final double[] keys;
  private int size;

  ColumnHeap(int columns) {
    this.columns = new int[columns];
    this.places = new int[columns];
    this.keys = new double[columns];
    Arrays.fill(places, -1);
  }

  boolean isEmpty() {
    return size == 0;
  }

  /** Adds a column, or lowers its distance. */
  void put(int column, double distance) {
    keys[column] = distance;
    if (places[column] < 0) {
      place(column, size++);
    }
    rise(places[column]);
  }

  /** Takes out the nearest. */
  int take() {
    int nearest = columns[0];
    places[nearest] = -1;
    int moved = columns[--size];
    if (size > 0) {
      place(moved, 0);
      sink();
    }
    return nearest;
  }

  void clear() {
    for (int i = 0; i < size; i++) {
      places[columns[i]] = -1;
    }
    size = 0;
  }

  private void place(int column, int at) {
    columns[at] = column;
    places[column] = at;
  }

  private void rise(int start) {
    int at = start;
    while (at > 0) {
      int above = (at - 1) / 2;
      if (keys[columns[above]] <= keys[columns[at]]) {
        return;
      }
      swap(at, above);
      at = above;
    }
  }

  private void sink() {
    int at = 0;
    while (true) {
      int smallest = at;
      for (int child = 2 * at + 1; child <= 2 * at + 2 && child < size; child++) {
        if (keys[columns[child]] < keys[columns[smallest]]) {
          smallest = child;
        }
      }
      if (smallest == at) {
        return;
      }
      swap(at, smallest);
      at = smallest;
    }
  }

  private void swap(int a, int b) {
    int column = columns[a];
    place(columns[b], a);
    place(column, b);
  }
}
