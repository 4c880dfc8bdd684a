package dev.loupe.statistics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Against the sums of the paper, over all pairs. */
class AurocTest {
  private static final int SIZE = 60;
  private final Random random = new Random(3);
  private final boolean[] positive = new boolean[SIZE];

  /** Rounded, so that there are ties. */
  private double[] scores(double shift) {
    double[] scores = new double[SIZE];
    for (int i = 0; i < SIZE; i++) {
      scores[i] = Math.round(4 * (random.nextGaussian() + (positive[i] ? shift : 0))) / 4.0;
    }
    return scores;
  }

  private static double wins(double positive, double negative) {
    return positive > negative ? 1 : positive == negative ? 0.5 : 0;
  }

  @Test
  void valueVarianceAndDifferenceAreThoseOfAllPairs() {
    for (int i = 0; i < SIZE; i++) {
      positive[i] = i % 3 == 0;
    }
    double[] a = scores(1);
    double[] b = scores(0.3);
    double[] difference = new double[SIZE];
    double[][] parts = {parts(a), parts(b)};
    Arrays.setAll(difference, i -> parts[0][i] - parts[1][i]);
    Auroc first = new Auroc(a, positive);
    Auroc second = new Auroc(b, positive);
    assertEquals(mean(parts[0], true), first.value(), 1e-12);
    assertEquals(mean(parts[0], false), first.value(), 1e-12);
    assertEquals(variance(parts[0]), first.variance(), 1e-12);
    Estimate less = first.less(second, 0.95);
    assertEquals(first.value() - second.value(), less.value(), 1e-12);
    assertEquals(
        2 * Normal.twoSided(0.95) * Math.sqrt(variance(difference)),
        less.high() - less.low(),
        1e-12);
  }

  @Test
  void scoresBelowZeroRiseToo() {
    double[] score = {Double.NEGATIVE_INFINITY, -3, -0.5, -0.0, 0, 1e-300, 2};
    boolean[] right = {false, true, false, true, false, false, true};
    assertEquals((1 + 2.5 + 4) / 12, new Auroc(score, right).value(), 1e-15);
  }

  /** Of each item the share of the other class that it is on the right side of. */
  private double[] parts(double[] score) {
    double[] parts = new double[SIZE];
    for (int i = 0; i < SIZE; i++) {
      int others = 0;
      for (int j = 0; j < SIZE; j++) {
        if (positive[i] != positive[j]) {
          others++;
          parts[i] += positive[i] ? wins(score[i], score[j]) : wins(score[j], score[i]);
        }
      }
      parts[i] /= others;
    }
    return parts;
  }

  private double mean(double[] parts, boolean of) {
    double sum = 0;
    int count = 0;
    for (int i = 0; i < SIZE; i++) {
      sum += positive[i] == of ? parts[i] : 0;
      count += positive[i] == of ? 1 : 0;
    }
    return sum / count;
  }

  private double variance(double[] parts) {
    double sum = 0;
    for (boolean of : new boolean[] {true, false}) {
      double mean = mean(parts, of);
      double squares = 0;
      int count = 0;
      for (int i = 0; i < SIZE; i++) {
        squares += positive[i] == of ? (parts[i] - mean) * (parts[i] - mean) : 0;
        count += positive[i] == of ? 1 : 0;
      }
      sum += squares / (count - 1) / count;
    }
    return sum;
  }

  @Test
  void theIntervalStaysWithinItsBoundsAndIsLeftOutWhereNothingVaries() {
    double[] score = {0.1, 0.2, 0.3, 0.9, 0.25, 0.8};
    boolean[] right = {false, false, true, true, false, true};
    assertFalse(new Auroc(score, right).estimate(0.95).hasInterval());
    right[4] = true;
    Estimate estimate =
        new Auroc(score, new boolean[] {false, true, false, true, true, false}).estimate(0.95);
    assertTrue(estimate.low() > 0 && estimate.high() < 1, estimate::toString);
    assertTrue(Double.isNaN(new Auroc(score, new boolean[6]).value()));
    assertThrows(IllegalArgumentException.class, () -> new Auroc(score, new boolean[5]));
  }
}
