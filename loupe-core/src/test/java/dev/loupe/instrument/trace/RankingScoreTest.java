package dev.loupe.instrument.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.instrument.trace.RankingScore.Ranking;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RankingScoreTest {
  private static double[] downFrom(int first, int count) {
    return IntStream.range(0, count).mapToDouble(i -> first - i).toArray();
  }

  @Test
  void theTruthItselfScoresFull() {
    double[] sizes = downFrom(50, 40);
    Ranking full = Ranking.of(sizes, sizes);
    assertEquals(1, full.spearman().value());
    assertEquals(RankingScore.TOP, full.overlap());
    assertEquals(1, full.captured());
  }

  @Test
  void aTurnedRankingScoresNothing() {
    double[] sizes = downFrom(40, 40); // 40 to 1
    double[] turned = Arrays.stream(sizes).map(size -> 41 - size).toArray();
    Ranking none = Ranking.of(turned, sizes);
    assertEquals(-1, none.spearman().value());
    assertEquals(0, none.overlap());
    // Its first ten are of sizes 1 to 10, where the largest ten are 31 to 40.
    assertEquals(55.0 / 355, none.captured(), 1e-12);
  }

  @Test
  void whatIsNotListedIsNeverFirst() {
    double[] sizes = downFrom(40, 40);
    double[] scores = new double[40];
    scores[0] = 2; // the largest
    scores[39] = 1; // the smallest
    Ranking few = Ranking.of(scores, sizes);
    assertEquals(1, few.overlap());
    assertEquals(41.0 / 355, few.captured(), 1e-12);
    assertTrue(Math.abs(few.spearman().value()) < 0.1);
  }

  @Test
  void aRankingThatOrdersNothingHasNoCorrelation() {
    Ranking empty = Ranking.of(new double[40], downFrom(40, 40));
    assertTrue(Double.isNaN(empty.spearman().value()));
    assertEquals(0, empty.overlap());
    assertEquals(0, empty.captured());
  }
}
