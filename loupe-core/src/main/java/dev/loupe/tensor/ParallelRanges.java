package dev.loupe.tensor;

import java.lang.foreign.MemorySegment;
import java.util.stream.LongStream;

/** Splits a long range into pieces and works on them on all cores. */
public final class ParallelRanges {
  private ParallelRanges() {}

  /** Work on one piece. */
  @FunctionalInterface
  public interface Task {
    /** Handles {@code from} (inclusive) to {@code to} (exclusive); may run on any thread. */
    void run(long from, long to);
  }

  /**
   * Runs the task over {@code [0, count)} in pieces of at most {@code grain}, on all cores, and
   * returns when all are done. One piece runs on the calling thread.
   */
  public static void run(long count, long grain, Task task) {
    long pieces = Math.ceilDiv(count, grain);
    if (pieces <= 1) {
      if (count > 0) {
        task.run(0, count);
      }
      return;
    }
    LongStream.range(0, pieces)
        .parallel()
        .forEach(piece -> task.run(piece * grain, Math.min(count, (piece + 1) * grain)));
  }

  /**
   * As {@link #run(long, long, Task)}, but on the calling thread alone if {@code written} belongs
   * to one thread and would refuse the others.
   */
  public static void runInto(MemorySegment written, long count, long grain, Task task) {
    Thread other = Thread.ofPlatform().unstarted(() -> {});
    run(count, written.isAccessibleBy(other) ? grain : Math.max(1, count), task);
  }
}
