package dev.loupe.statistics;

import java.util.Arrays;
import java.util.stream.IntStream;

/** Numbers of values by rising value. */
final class Order {
  /** Bits of a digit. */
  private static final int DIGIT = 11;

  private static final long MASK = (1L << DIGIT) - 1;

  private Order() {}

  /**
   * Equal values in their order: by the digits of their bits, last digit first, as the bits of
   * doubles rise with the doubles, once those of negative ones are turned round.
   */
  static int[] rising(double[] values) {
    int n = values.length;
    long[] bits = new long[n];
    Arrays.setAll(
        bits,
        i -> {
          long own = Double.doubleToLongBits(values[i] + 0.0);
          return own ^ ((own >> (Long.SIZE - 1)) | Long.MIN_VALUE);
        });
    int[] order = IntStream.range(0, n).toArray();
    int[] next = new int[n];
    for (int shift = 0; shift < Long.SIZE; shift += DIGIT) {
      int[] from = new int[(1 << DIGIT) + 1];
      for (long each : bits) {
        from[(int) ((each >>> shift) & MASK) + 1]++;
      }
      for (int digit = 0; digit < 1 << DIGIT; digit++) {
        from[digit + 1] += from[digit];
      }
      for (int i : order) {
        next[from[(int) ((bits[i] >>> shift) & MASK)]++] = i;
      }
      int[] kept = order;
      order = next;
      next = kept;
    }
    return order;
  }

  /** Behind the last of those with the value of {@code from}. */
  static int tieEnd(double[] values, int[] order, int from) {
    int to = from + 1;
    while (to < order.length && values[order[to]] == values[order[from]]) {
      to++;
    }
    return to;
  }
}
