package dev.loupe.geometry;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PermutedTextsTest {
  @Test
  void textsMoveWholeAndAmongTheirKind() {
    int[] kinds = {0, 1, 0, 1, 0, 2};
    int[] order = PermutedTexts.order(kinds, 3, new Random(2));
    assertArrayEquals(IntStream.range(0, 18).toArray(), Arrays.stream(order).sorted().toArray());
    for (int at = 0; at < order.length; at++) {
      assertEquals(at % 3, order[at] % 3);
      assertEquals(kinds[at / 3], kinds[order[at] / 3]);
      assertEquals(order[at / 3 * 3] / 3, order[at] / 3);
    }
    assertTrue(
        IntStream.range(0, 50)
            .anyMatch(seed -> PermutedTexts.order(kinds, 3, new Random(seed))[0] != 0));
  }

  @Test
  void pIsNeverZero() {
    assertEquals(1.0 / 4, PermutedTexts.p(1, 0, 0.5, 0.9));
    assertEquals(3.0 / 4, PermutedTexts.p(0.5, 0, 0.5, 0.9));
  }

  @Test
  void aFeatureThatNeverVariesCorrelatesWithNothing() {
    ActivationTable one = ActivationTable.dense(new double[][] {{1, 2}, {1, 0}, {1, 3}}, 1);
    Correlations.of(one, one)
        .forEachRow(
            (row, values) -> assertArrayEquals(new double[] {0, row == 0 ? 0 : 1}, values, 1e-12));
  }

  @Test
  void tablesOfOtherTextsAreRefused() {
    ActivationTable one = ActivationTable.dense(new double[][] {{1}, {2}}, 1);
    ActivationTable other = ActivationTable.dense(new double[][] {{1}}, 1);
    assertThrows(IllegalArgumentException.class, () -> Correlations.of(one, other));
    ActivationTable.Builder half = new ActivationTable.Builder(2, 1);
    half.endPosition();
    assertThrows(IllegalStateException.class, half::build);
  }
}
