package dev.loupe.statistics;

import java.util.function.DoublePredicate;

/**
 * Where a condition begins to hold, to the last bit. The search halves the number of doubles
 * between two ends, not their distance: at most 64 steps, and a limit of 1e-12 keeps as many digits
 * as one of 0.5.
 */
final class Bisection {
  private Bisection() {}

  /**
   * The least double from {@code low} to {@code high} at which the condition holds; it must not
   * hold below one place and hold above it. {@code high} if it holds nowhere before. The ends must
   * not be the greatest doubles of both signs.
   */
  static double firstWhere(double low, double high, DoublePredicate holds) {
    long below = rank(low);
    long above = rank(high);
    if (holds.test(low)) {
      return low;
    }
    while (above - below > 1) {
      long middle = below + (above - below) / 2;
      if (holds.test(value(middle))) {
        above = middle;
      } else {
        below = middle;
      }
    }
    return value(above);
  }

  /** Doubles in their order as whole numbers in their order, 0 for zero. */
  private static long rank(double value) {
    long bits = Double.doubleToLongBits(value + 0.0);
    return bits >= 0 ? bits : Long.MIN_VALUE - bits;
  }

  private static double value(long rank) {
    return rank >= 0
        ? Double.longBitsToDouble(rank)
        : Double.longBitsToDouble(Long.MIN_VALUE - rank);
  }
}
