package dev.loupe.geometry;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class UmapTest {
  private static final int GROUPS = 4;
  private static final int EACH = 30;
  private static final int WIDTH = 12;
  private static final int K = 8;

  /** Directions in groups, in an order that hides them. */
  private static Tensor groups(Random random) {
    double[] values = new double[GROUPS * EACH * WIDTH];
    for (int i = 0; i < GROUPS * EACH; i++) {
      for (int d = 0; d < WIDTH; d++) {
        values[i * WIDTH + d] = (d == i % GROUPS ? 1 : 0) + 0.1 * random.nextGaussian();
      }
    }
    return Tensor.of(values, GROUPS * EACH, WIDTH);
  }

  @Test
  void whatIsNearInTruthIsNearInThePlane() {
    try (var _ = NativeScope.open()) {
      Tensor directions = groups(new Random(1));
      Cosines square = Cosines.of(directions, directions);
      NearestNeighbours near = NearestNeighbours.of(square, K, _ -> {});
      double[][] plane = Umap.of(directions, near, 200, new Random(2), _ -> {});
      int[] rows = IntStream.range(0, GROUPS * EACH).toArray();
      int own = 0;
      for (int row : rows) {
        double[] away =
            Arrays.stream(plane)
                .mapToDouble(p -> -Math.hypot(p[0] - plane[row][0], p[1] - plane[row][1]))
                .toArray();
        away[row] = Double.NEGATIVE_INFINITY;
        for (int other : NearestNeighbours.largest(away, K)) {
          own += other % GROUPS == row % GROUPS ? 1 : 0;
        }
      }
      // A quarter by chance.
      assertTrue(own > 0.95 * rows.length * K, own + " of " + rows.length * K);
      assertTrue(near.preserved(plane, rows) > 2.0 * K / (GROUPS * EACH - 1));
      boolean[] all = new boolean[rows.length];
      Arrays.fill(all, true);
      assertTrue(near.trustworthiness(square, plane, all) > 0.85);
      double[][] random =
          IntStream.of(rows)
              .mapToObj(row -> new double[] {Math.sin(row * 7919.0), Math.cos(row * 104729.0)})
              .toArray(double[][]::new);
      assertEquals(0.5, near.trustworthiness(square, random, all), 0.1);
      double[][] again = Umap.of(directions, near, 200, new Random(2), _ -> {});
      assertArrayEquals(plane, again);
    }
  }

  /** A plane that is the truth keeps every neighbour. */
  @Test
  void thePlaneItselfIsKeptWhole() {
    double[] angles = new Random(3).doubles(40, 0, 1.5).toArray();
    double[] values = new double[80];
    double[][] plane = new double[40][];
    for (int i = 0; i < 40; i++) {
      values[2 * i] = Math.cos(angles[i]);
      values[2 * i + 1] = Math.sin(angles[i]);
      plane[i] = new double[] {angles[i], 0};
    }
    try (var _ = NativeScope.open()) {
      Tensor directions = Tensor.of(values, 40, 2);
      Cosines square = Cosines.of(directions, directions);
      NearestNeighbours near = NearestNeighbours.of(square, 5, _ -> {});
      assertEquals(1, near.preserved(plane, IntStream.range(0, 40).toArray()));
      boolean[] all = new boolean[40];
      Arrays.fill(all, true);
      assertEquals(1, near.trustworthiness(square, plane, all), 1e-12);
      assertThrows(IllegalArgumentException.class, () -> NearestNeighbours.of(square, 40, _ -> {}));
    }
  }

  @Test
  void membershipsSumToTheLogarithm() {
    double[] memberships = Umap.memberships(new double[] {0.1, 0.2, 0.4, 0.5, 0.9, 1, 1.1, 1.4});
    assertEquals(3, Arrays.stream(memberships).sum(), 1e-9);
    assertEquals(1, memberships[0]);
    double[] alike = Umap.memberships(new double[] {0.5, 0.5, 0.5, 0.5});
    assertTrue(Arrays.stream(alike).allMatch(each -> each > 0 && each <= 1));
  }
}
