package dev.loupe.job;

import java.util.function.Consumer;

/**
 * Progress, stopping and seed of one piece of work. One for each piece: it knows when the work
 * began. Nothing about it is static, so that two can run at once.
 */
public interface Run {
  /** Of everything random in the work. */
  long seed();

  /** Seconds since the work began. */
  double seconds();

  /** Whether the work is to end as soon as it can do so in good order. */
  boolean stopRequested();

  /**
   * Begins a stretch of work that takes time.
   *
   * @param what it is, for people: {@code ranking features}
   * @param total how many units in all, 0 if that is not known
   */
  Steps steps(String what, Counted unit, long total);

  /**
   * Hands over a part of the answer that is ready before the rest.
   *
   * @param part a record that the work documents
   */
  void early(Object part);

  /**
   * Says something about how the work goes on, for people: where it resumes, what it has reached.
   */
  default void note(String remark) {}

  /** Ends the work here if it is to end. */
  default void check() {
    if (stopRequested()) {
      throw new Stopped();
    }
  }

  /** A run that nobody watches and nobody stops. */
  static Run silent(long seed) {
    return silent(seed, _ -> {});
  }

  /** A run that nobody stops, of which somebody takes the early parts. */
  static Run silent(long seed, Consumer<Object> early) {
    return new SilentRun(seed, early, System.nanoTime());
  }
}
