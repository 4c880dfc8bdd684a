package dev.loupe.statistics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What must hold of any interval, whatever its formula. */
class IntervalPropertiesTest {
  private static final double[] LEVELS = {0.5, 0.8, 0.95, 0.999, 1 - 1e-9};
  private static final int[] TRIALS = {1, 2, 3, 10, 37, 200};

  /** Rounding of a few operations on numbers up to 1. */
  private static final double ROUNDING = 1e-12;

  /** The incomplete beta function at 10^12 trials; the interval is 1e-6 wide. */
  private static final double ROUNDING_OF_MANY = 1e-11;

  @ParameterizedTest
  @EnumSource(ProportionInterval.class)
  void ofOneShare(ProportionInterval method) {
    for (int n : TRIALS) {
      for (double level : LEVELS) {
        Interval before = new Interval(0, 0);
        for (int x = 0; x <= n; x++) {
          Counts counts = new Counts(x, n);
          Interval interval = method.of(counts, level);
          String what = method + " " + counts + " " + level + " " + interval;
          assertTrue(interval.low() >= 0 && interval.high() <= 1, what);
          // Wald's lower end may fall as its width grows.
          if (method != ProportionInterval.WALD) {
            assertTrue(interval.low() >= before.low() - ROUNDING, what);
            assertTrue(interval.high() >= before.high() - ROUNDING, what);
          }
          before = interval;
          Interval mirrored = method.of(new Counts(n - x, n), level);
          assertEquals(1 - mirrored.high(), interval.low(), ROUNDING, what);
          assertEquals(1 - mirrored.low(), interval.high(), ROUNDING, what);
          if (method != ProportionInterval.JEFFREYS_EQUAL_TAILS || (x > 0 && x < n)) {
            assertTrue(
                interval.low() <= counts.share() + ROUNDING
                    && interval.high() >= counts.share() - ROUNDING,
                what);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(ProportionInterval.class)
  void aHigherLevelIsWider(ProportionInterval method) {
    for (int n : TRIALS) {
      for (int x = 0; x <= n; x++) {
        Counts counts = new Counts(x, n);
        Interval narrower = method.of(counts, 0.3);
        for (double level : LEVELS) {
          Interval wider = method.of(counts, level);
          String what = method + " " + counts + " " + level;
          assertTrue(wider.low() <= narrower.low() + ROUNDING, what);
          assertTrue(wider.high() >= narrower.high() - ROUNDING, what);
          narrower = wider;
        }
      }
    }
  }

  /** At 10^12 trials the methods agree where the normal approximation holds. */
  @ParameterizedTest
  @ValueSource(longs = {1_000_000L, 1_000_000_000L, 1_000_000_000_000L})
  void manyTrials(long n) {
    for (long x : new long[] {n / 2, n / 3, n / 1000}) {
      Counts counts = new Counts(x, n);
      Interval wald = ProportionInterval.WALD.of(counts, 0.95);
      for (ProportionInterval method : ProportionInterval.values()) {
        Interval interval = method.of(counts, 0.95);
        // They differ by terms of the order of 1/n.
        assertEquals(wald.low(), interval.low(), ROUNDING_OF_MANY + 5.0 / n, method + " " + counts);
        assertEquals(
            wald.high(), interval.high(), ROUNDING_OF_MANY + 5.0 / n, method + " " + counts);
      }
    }
    assertEquals(
        3.7 / n, ProportionInterval.CLOPPER_PEARSON.of(new Counts(0, n), 0.95).high(), 0.02 / n);
    assertEquals(3.0 / n, Proportion.exactUpperLimit(new Counts(0, n), 0.95), 0.01 / n);
  }

  /** 0 of n at an alpha of 1e-12: 1 − (α/2)^(1/n), by hand. */
  @Test
  void tinyAlpha() {
    double level = 1 - 1e-12;
    double alpha = 1 - level;
    Interval exact = ProportionInterval.CLOPPER_PEARSON.of(new Counts(0, 100), level);
    assertEquals(1 - Math.pow(alpha / 2, 0.01), exact.high(), 1e-12);
    for (ProportionInterval method : ProportionInterval.values()) {
      Interval interval = method.of(new Counts(3, 100), level);
      assertTrue(interval.low() >= 0 && interval.high() < 1, method + " " + interval);
      assertTrue(interval.contains(0.03), method + " " + interval);
    }
  }

  @Test
  void refusesWhatIsNoCount() {
    assertThrows(IllegalArgumentException.class, () -> new Counts(-1, 3));
    assertThrows(IllegalArgumentException.class, () -> new Counts(4, 3));
    assertThrows(IllegalArgumentException.class, () -> new Counts(0, 0));
    assertThrows(IllegalArgumentException.class, () -> new Counts(0, Long.MAX_VALUE));
    assertThrows(IllegalArgumentException.class, () -> new Pairs(0, 0, 0, 0));
    assertThrows(IllegalArgumentException.class, () -> new Pairs(1, -1, 0, 0));
    for (double level : new double[] {0, 1, -1, 2, Double.NaN}) {
      assertThrows(
          IllegalArgumentException.class,
          () -> ProportionInterval.WILSON.of(new Counts(1, 2), level));
    }
  }

  @ParameterizedTest
  @EnumSource(DifferenceInterval.class)
  void ofADifference(DifferenceInterval method) {
    for (Counts[] two : samples()) {
      Interval interval = method.of(two[0], two[1], 0.95);
      Interval turned = method.of(two[1], two[0], 0.95);
      String what = method + " " + List.of(two) + " " + interval;
      assertEquals(-turned.high(), interval.low(), ROUNDING, what);
      assertEquals(-turned.low(), interval.high(), ROUNDING, what);
      assertTrue(interval.low() >= -1 && interval.high() <= 1, what);
      Interval wider = method.of(two[0], two[1], 0.999);
      assertTrue(wider.low() <= interval.low() && wider.high() >= interval.high(), what);
      Interval ofFailures = method.of(two[1].reversed(), two[0].reversed(), 0.95);
      assertEquals(ofFailures.low(), interval.low(), 1e-9, what);
      assertEquals(ofFailures.high(), interval.high(), 1e-9, what);
    }
  }

  /** A score interval excludes zero exactly where its own test rejects. */
  @Test
  void meeAgreesWithThePooledTest() {
    for (Counts[] two : samples()) {
      boolean excludesZero = !DifferenceInterval.MEE.of(two[0], two[1], 0.95).contains(0);
      assertEquals(
          TwoSampleTest.pooledZ(two[0], two[1]).p() < 0.05, excludesZero, () -> "" + List.of(two));
    }
  }

  @Test
  void ratiosTurnOver() {
    for (Counts[] two : samples()) {
      for (RiskRatioInterval method : RiskRatioInterval.values()) {
        turnsOver(
            method.of(two[0], two[1], 0.95),
            method.of(two[1], two[0], 0.95),
            method.label() + List.of(two));
      }
      for (OddsRatioInterval method : OddsRatioInterval.values()) {
        turnsOver(
            method.of(two[0], two[1], 0.95),
            method.of(two[1], two[0], 0.95),
            method.label() + List.of(two));
      }
      assertEquals(
          TwoSampleTest.fisher(two[0], two[1]), TwoSampleTest.fisher(two[1], two[0]), ROUNDING);
    }
  }

  private static void turnsOver(Interval one, Interval other, String what) {
    String all = what + " " + one + " " + other;
    assertEquals(one.isDefined(), other.isDefined(), all);
    if (one.isDefined()) {
      assertEquals(1, other.high() == 0 ? 1 : invert(other.high(), one.low()), 1e-9, all);
      assertEquals(1, one.high() == 0 ? 1 : invert(one.high(), other.low()), 1e-9, all);
    }
  }

  /** 1 if the two are inverse to each other, also where they are infinite and zero. */
  private static double invert(double high, double low) {
    return Double.isInfinite(high) ? 1 - low : high * low;
  }

  @ParameterizedTest
  @EnumSource(PairedInterval.class)
  void ofPairs(PairedInterval method) {
    Random random = new Random(11);
    for (int i = 0; i < 200; i++) {
      int most = i < 100 ? 4 : 60;
      Pairs pairs =
          new Pairs(
              random.nextInt(most) + 2,
              random.nextInt(most),
              random.nextInt(most),
              random.nextInt(most));
      Interval interval = method.of(pairs, 0.95);
      Interval turned = method.of(pairs.swapped(), 0.95);
      String what = method + " " + pairs + " " + interval;
      assertEquals(-turned.high(), interval.low(), ROUNDING, what);
      assertTrue(interval.low() >= -1 && interval.high() <= 1, what);
      Interval wider = method.of(pairs, 0.999);
      assertTrue(wider.low() <= interval.low() && wider.high() >= interval.high(), what);
      assertEquals(McNemar.exact(pairs), McNemar.exact(pairs.swapped()), ROUNDING, what);
      assertTrue(McNemar.midP(pairs) <= McNemar.exact(pairs), what);
    }
  }

  private static List<Counts[]> samples() {
    Random random = new Random(7);
    return IntStream.range(0, 60)
        .mapToObj(i -> {
          int most = i < 20 ? 4 : 150;
          int n1 = random.nextInt(most) + 1;
          int n2 = random.nextInt(most) + 1;
          return new Counts[] {
            new Counts(random.nextInt(n1 + 1), n1), new Counts(random.nextInt(n2 + 1), n2)
          };
        })
        .toList();
  }
}
