package dev.loupe.model.training;

import java.util.function.BiConsumer;

/** A range of numbers, {@code [from, to)}. */
record Share(long from, long to) {
  /** So many numbers at a time stay in a core's cache through a handful of operations. */
  private static final long PIECE = 1 << 15;

  /** What falls to one of several workers. */
  Share of(int worker, int workers) {
    long length = to - from;
    return new Share(from + length * worker / workers, from + length * (worker + 1) / workers);
  }

  /** Visits the range a piece at a time. */
  void inPieces(BiConsumer<Long, Long> work) {
    for (long start = from; start < to; start += PIECE) {
      work.accept(start, Math.min(to, start + PIECE));
    }
  }
}
