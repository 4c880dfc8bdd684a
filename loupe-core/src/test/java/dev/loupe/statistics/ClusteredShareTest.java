package dev.loupe.statistics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ClusteredShareTest {
  private static final double ROUNDING = 1e-12;

  /** The same errors as of the trials one by one, and of paired differences one by one. */
  @Test
  void agreesWithTheMeanOfScores() {
    Random random = new Random(5);
    for (int round = 0; round < 50; round++) {
      int clusters = 2 + random.nextInt(12);
      int n = clusters + random.nextInt(60);
      int[] cluster = new int[n];
      double[] one = new double[n];
      double[] two = new double[n];
      long[][] cells = new long[3][clusters];
      for (int i = 0; i < n; i++) {
        cluster[i] = i < clusters ? i : random.nextInt(clusters);
        one[i] = random.nextInt(2);
        two[i] = random.nextInt(3) == 0 ? 1 - one[i] : one[i];
        cells[0][cluster[i]] += (long) one[i];
        cells[1][cluster[i]] += (long) two[i];
        cells[2][cluster[i]]++;
      }
      ClusteredMean mean = ClusteredMean.of(one, cluster);
      ClusteredShare share = ClusteredShare.of(cells[0], cells[2]);
      assertEquals(mean.correctedError(), share.error(), ROUNDING);
      assertEquals(mean.designEffect(), share.designEffect(), 1e-9);
      double[] apart = new double[n];
      Arrays.setAll(apart, i -> one[i] - two[i]);
      ClusteredMean paired = ClusteredMean.of(apart, cluster);
      ClusteredShare.Difference difference =
          ClusteredShare.difference(cells[0], cells[2], cells[1], cells[2], 0.95);
      assertEquals(paired.mean(), difference.estimate().value(), ROUNDING);
      if (paired.correctedError() > 1e-9) {
        Interval expected = paired.interval(0.95).within(-1, 1);
        assertEquals(expected.low(), difference.estimate().low(), 1e-9);
        assertEquals(expected.high(), difference.estimate().high(), 1e-9);
        boolean excludesZero = !paired.interval(0.95).contains(0);
        assertEquals(excludesZero, difference.p() < 0.05);
      }
    }
  }

  /** Clusters of one trial are independent trials, but for n − 1. */
  @Test
  void singleTrialsAreIndependent() {
    long[] ones = new long[40];
    long[] successes = new long[40];
    Arrays.fill(ones, 1);
    Arrays.fill(successes, 0, 10, 1);
    ClusteredShare share = ClusteredShare.of(successes, ones);
    assertEquals(1, share.designEffect(), ROUNDING);
    Estimate wilson = Proportion.wilson(10, 40, 0.95);
    assertEquals(wilson.low(), share.estimate(0.95).low(), ROUNDING);
    assertEquals(wilson.high(), share.estimate(0.95).high(), ROUNDING);
  }

  /** At 0 of n nothing shows how trials depend: one a cluster is assumed. */
  @Test
  void withoutVariationEachClusterIsOneTrial() {
    ClusteredShare share = ClusteredShare.of(new long[5], new long[] {10, 10, 10, 10, 10});
    assertEquals(5, share.effectiveTrials());
    assertEquals(Proportion.wilson(0, 5, 0.95).high(), share.estimate(0.95).high(), ROUNDING);
    long[] all = {10, 10, 10, 10, 10};
    ClusteredShare.Difference difference =
        ClusteredShare.difference(all, all, new long[5], all, 0.95);
    assertEquals(1, difference.estimate().value());
    assertTrue(difference.estimate().low() > 0 && difference.estimate().low() < 0.6);
    // Fisher's exact test of 5 of 5 and 0 of 5: 2 of 252 tables.
    assertEquals(2.0 / 252, difference.p(), ROUNDING);
  }

  @Test
  void oneClusterSaysNextToNothing() {
    ClusteredShare share = ClusteredShare.of(new long[] {7}, new long[] {20});
    assertTrue(Double.isNaN(share.error()));
    assertEquals(1, share.effectiveTrials());
  }
}
