package dev.loupe.world;

import java.util.List;

/**
 * Random numbers that are the same on every machine and for ever: SplitMix64 (Steele, Lea and Flood
 * 2014), one stream for each purpose, integers only.
 */
final class RandomSource {
  private static final long GOLDEN = 0x9E3779B97F4A7C15L;

  private long state;

  private RandomSource(long state) {
    this.state = state;
  }

  /** The stream for a purpose; streams of different purposes have nothing to do with each other. */
  static RandomSource of(long seed, String purpose) {
    long state = mix(seed + GOLDEN);
    for (int i = 0; i < purpose.length(); i++) {
      state = mix(state ^ purpose.charAt(i)) + GOLDEN;
    }
    return new RandomSource(state);
  }

  private static long mix(long value) {
    long z = (value ^ (value >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  private long next() {
    state += GOLDEN;
    return mix(state);
  }

  /** A number from 0 to {@code bound - 1}; its bias is below {@code bound} / 2^63. */
  long below(long bound) {
    return (next() >>> 1) % bound;
  }

  /** As {@link #below(long)}. */
  int below(int bound) {
    return (int) below((long) bound);
  }

  /** A number from {@code low} to {@code high}, both possible. */
  int between(int low, int high) {
    return low + below(high - low + 1);
  }

  /** True in {@code of} out of {@code outOf} cases. */
  boolean chance(long of, long outOf) {
    return below(outOf) < of;
  }

  <T> T pick(List<T> list) {
    return list.get(below(list.size()));
  }

  /** One of the elements other than {@code not}; there must be one. */
  <T> T pickOther(List<T> list, T not) {
    while (true) {
      T picked = pick(list);
      if (!picked.equals(not)) {
        return picked;
      }
    }
  }

  /** Puts a mutable list in random order (Fisher and Yates). */
  <T> void shuffle(List<T> list) {
    for (int i = list.size() - 1; i > 0; i--) {
      T moved = list.set(below(i + 1), list.get(i));
      list.set(i, moved);
    }
  }

  /** As {@link #shuffle(List)}. */
  void shuffle(int[] array) {
    for (int i = array.length - 1; i > 0; i--) {
      int j = below(i + 1);
      int moved = array[j];
      array[j] = array[i];
      array[i] = moved;
    }
  }
}
