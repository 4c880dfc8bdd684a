package dev.loupe.instrument.influence;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TailTest {
  /** Scores at the quantiles of a Pareto distribution have its exponent. */
  @Test
  void findsTheExponentOfAPowerLaw() {
    for (double alpha : new double[] {0.8, 2.5}) {
      int many = 100_000;
      double[] scores =
          IntStream.range(0, 2 * many)
              .mapToDouble(i -> i < many ? Math.pow((i + 0.5) / many, -1 / alpha) : -1)
              .toArray();
      // Hill's mean of logarithms over the 1,000 largest of 100,000 is exact to about 1 in 1,000.
      assertEquals(alpha, Tail.exponent(scores).value(), 5e-3 * alpha);
    }
  }

  @Test
  void anExponentialTailLooksSteeperTheFartherOut() {
    Random random = new Random(1);
    double[] scores = random.doubles(100_000).map(u -> -Math.log(u)).toArray();
    assertTrue(Tail.exponent(scores).value() > 4);
  }

  @Test
  void fewDocumentsHaveNoTail() {
    assertTrue(Double.isNaN(Tail.exponent(new double[] {1, 2, 3}).value()));
    assertTrue(Double.isNaN(Tail.exponent(new double[0]).value()));
  }
}
