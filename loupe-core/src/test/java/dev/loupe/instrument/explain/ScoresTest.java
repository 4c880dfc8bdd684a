package dev.loupe.instrument.explain;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The methods on games whose scores are known. */
class ScoresTest {
  private static final double[] WEIGHTS = {0.5, -1.25, 0, 3, 0.125, -0.5, 2};

  /** The value falls by the weight of everyone left out; a second column by twice that. */
  private static Game additive() {
    return new Game(
        WEIGHTS.length,
        sets ->
            sets.stream()
                .map(set -> {
                  double value = -4 - set.players().stream().mapToDouble(i -> WEIGHTS[i]).sum();
                  return new double[] {value, 2 * value};
                })
                .toList());
  }

  private static double[] column(double[][] phi, int column) {
    return Arrays.stream(phi).mapToDouble(row -> row[column]).toArray();
  }

  @Test
  void everyMethodGivesTheWeightsOfAnAdditiveGame() {
    int n = WEIGHTS.length;
    for (ShapleyValues each :
        List.of(
            ShapleyValues.exact(n),
            ShapleyValues.local(n, 1),
            ShapleyValues.local(n, 3),
            ShapleyValues.leaveOneOut(n))) {
      double[][] phi = each.of(additive());
      assertArrayEquals(WEIGHTS, column(phi, 0), 1e-12);
      assertArrayEquals(Arrays.stream(WEIGHTS).map(w -> 2 * w).toArray(), column(phi, 1), 1e-12);
      Game game = additive();
      game.prepare(each.sets());
      assertEquals(1, game.explained(phi), 1e-12);
    }
    LocalLime.Fitted dense = LocalLime.of(n, 10, 0).dense(additive(), 0);
    assertArrayEquals(WEIGHTS, column(dense.phi(), 0), 1e-9);
    assertEquals(-4, dense.intercept(), 1e-9);
    assertEquals(1, dense.explained(), 1e-9);
    LocalLime.Fitted two = LocalLime.of(n, 10, 0).sparse(additive(), 2, true);
    assertEquals(
        List.of(3, 6), IntStream.range(0, n).filter(i -> two.phi()[i][0] != 0).boxed().toList());
    assertTrue(two.explained() < 1);
  }

  /** Efficiency: the values add up to the whole less the empty text. */
  @Test
  void shapleyValuesAddUp() {
    Random random = new Random(3);
    double[] values = random.doubles(1 << 5).toArray();
    Game game =
        new Game(
            5,
            sets ->
                sets.stream()
                    .map(set -> {
                      int bits = set.players().stream().mapToInt(i -> 1 << i).sum();
                      return new double[] {values[bits]};
                    })
                    .toList());
    double sum = Arrays.stream(column(ShapleyValues.exact(5).of(game), 0)).sum();
    assertEquals(values[0] - values[31], sum, 1e-12);
    assertEquals(32, game.scored());
    assertArrayEquals(
        column(ShapleyValues.exact(5).of(game), 0),
        column(ShapleyValues.local(5, 4).of(game), 0),
        1e-12);
    assertThrows(IllegalArgumentException.class, () -> ShapleyValues.exact(13));
  }

  @Test
  void noSetIsScoredTwice() {
    int[] asked = new int[1];
    Game game =
        new Game(
            6,
            sets -> {
              asked[0] += sets.size();
              return sets.stream().map(set -> new double[] {set.size()}).toList();
            });
    ShapleyValues.local(6, 2).of(game);
    LocalLime.of(6, 10, 0).dense(game, 0);
    Curve.of(game, List.of(5, 4, 3, 2, 1, 0));
    assertEquals(game.scored(), asked[0]);
    game.prepare(ShapleyValues.local(6, 2).sets());
    assertEquals(game.scored(), asked[0]);
  }

  @Test
  void sampledPairsDependOnTheSeedAlone() {
    LocalLime one = LocalLime.of(40, 4, 5);
    assertEquals(one.sets(), LocalLime.of(40, 4, 5).sets());
    assertTrue(!one.sets().equals(LocalLime.of(40, 4, 6).sets()));
    assertEquals(160, Arrays.stream(one.weights()).sum(), 1e-9);
  }

  @Test
  void textsAreAlikeByWords() {
    assertEquals(1, TextSimilarity.rouge("The cat sat.", "the cat SAT"), 1e-12);
    assertEquals(1, TextSimilarity.bleu("The cat sat.", "the cat SAT"), 1e-12);
    // longest common subsequence: the cat
    assertEquals(2 * 2.0 / 6, TextSimilarity.rouge("the black cat", "the cat sat"), 1e-12);
    assertEquals(0, TextSimilarity.rouge("", "the cat"), 0);
    assertEquals(1, TextSimilarity.bleu("", ""), 0);
    assertEquals(0, TextSimilarity.bleu("dog", "the cat"), 0);
    // one of two words matched, no pair of one, of runs of three and four none possible
    assertEquals(
        Math.pow(0.5 * 0.5 * 1 * 1, 0.25), TextSimilarity.bleu("the dog", "the cat"), 1e-12);
  }
}
