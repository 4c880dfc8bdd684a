package dev.loupe.geometry;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import org.junit.jupiter.api.Test;

/** What a table of activations says of its features. */
class ActivationTableTest {
  /**
   * The first feature has two thirds of its activation on kind 7; the second spreads it; the third
   * has one half each on two kinds; the fourth is active below zero alone.
   */
  @Test
  void theKindWithHalfOfTheActivation() {
    double[][] activations = {
      {1, 1, 0, -1},
      {1, 1, 2, 0},
      {0, 1, 0, -2},
      {1, 0, 2, 0},
    };
    int[] kinds = {7, 9, 8, 7};
    ActivationTable table = ActivationTable.dense(activations, 2);
    assertArrayEquals(new int[] {7, -1, 7, -1}, table.mostly(kinds, 0.5));
    assertArrayEquals(new int[] {-1, -1, -1, -1}, table.mostly(kinds, 0.7));
  }
}
