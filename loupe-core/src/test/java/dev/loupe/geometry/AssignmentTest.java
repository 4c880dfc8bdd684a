package dev.loupe.geometry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AssignmentTest {
  private static final double TOLERANCE = 1e-12;

  /** A matrix that is held whole. */
  private record Held(double[][] values) implements SimilarityMatrix {
    @Override
    public int rows() {
      return values.length;
    }

    @Override
    public int columns() {
      return values[0].length;
    }

    @Override
    public void forEachRow(RowUse use) {
      for (int row = 0; row < rows(); row++) {
        use.row(row, values[row].clone());
      }
    }
  }

  /** The best sum by trying everything; where there is a bound, a row may stay alone. */
  private static double tried(double[][] values, double least, int row, int used) {
    if (row == values.length) {
      return 0;
    }
    double best =
        least == Double.NEGATIVE_INFINITY
            ? Double.NEGATIVE_INFINITY
            : tried(values, least, row + 1, used);
    for (int column = 0; column < values[0].length; column++) {
      if ((used & 1 << column) == 0 && values[row][column] > least) {
        best =
            Math.max(best, values[row][column] + tried(values, least, row + 1, used | 1 << column));
      }
    }
    return best;
  }

  @ParameterizedTest
  @CsvSource({"4,6", "6,6", "1,3"})
  void theSumIsTheLargestOfAllAssignments(int rows, int columns) {
    Random random = new Random(3);
    for (int i = 0; i < 200; i++) {
      double[][] values = random(random, rows, columns, i % 3);
      Assignment assignment = Matching.of(new Held(values), Double.NEGATIVE_INFINITY).assignment();
      assertEquals(tried(values, Double.NEGATIVE_INFINITY, 0, 0), assignment.sum(), TOLERANCE);
      assertEquals(Math.min(rows, columns), assignment.pairs().size());
    }
  }

  /** With a bound, the sum of what each pair brings above it is the largest. */
  @Test
  void pairsAtTheBoundStayAlone() {
    Random random = new Random(4);
    double least = 0.2;
    for (int i = 0; i < 200; i++) {
      double[][] values = random(random, 5, 5, i % 3);
      double[][] above = new double[5][5];
      for (int row = 0; row < 5; row++) {
        for (int column = 0; column < 5; column++) {
          above[row][column] = values[row][column] - least;
        }
      }
      List<Matching.Pair> pairs = Matching.of(new Held(values), least).assignment().pairs();
      assertTrue(pairs.stream().allMatch(pair -> pair.value() > least));
      double sum = pairs.stream().mapToDouble(pair -> pair.value() - least).sum();
      assertEquals(tried(above, 0, 0, 0), sum, TOLERANCE);
    }
  }

  @Test
  void turningTheMatrixTurnsTheAssignment() {
    double[][] values = random(new Random(5), 30, 20, 0);
    double[][] turned = new double[20][30];
    for (int row = 0; row < 30; row++) {
      for (int column = 0; column < 20; column++) {
        turned[column][row] = values[row][column];
      }
    }
    Assignment one = Matching.of(new Held(values), Double.NEGATIVE_INFINITY).assignment();
    Assignment two = Matching.of(new Held(turned), Double.NEGATIVE_INFINITY).assignment();
    assertEquals(one.sum(), two.sum(), TOLERANCE);
    assertEquals(one.mean(), two.mean(), TOLERANCE);
    assertEquals(20, one.pairs().size());
  }

  @Test
  void nothingToAssignIsNoPair() {
    Assignment assignment = Matching.of(new Held(new double[3][2]), 0.5).assignment();
    assertEquals(List.of(), assignment.pairs());
    assertEquals(0, assignment.sum());
  }

  /** Values from -1 to 1; of kind 1 with many ties, of kind 2 nearly equal ones. */
  private static double[][] random(Random random, int rows, int columns, int kind) {
    double[][] values = new double[rows][columns];
    for (double[] row : values) {
      for (int column = 0; column < columns; column++) {
        double value = 2 * random.nextDouble() - 1;
        row[column] = kind == 1 ? Math.rint(2 * value) / 2 : kind == 2 ? 0.5 + value / 1e6 : value;
      }
    }
    return values;
  }
}
