package dev.loupe.job;

import java.util.function.LongConsumer;

/** One stretch of a {@link Run}, which reports progress and can be stopped. */
public final class Steps implements AutoCloseable {
  private final Run run;
  private final LongConsumer shown;
  private final Runnable ended;

  /**
   * For those who implement a run.
   *
   * @param shown receives every amount that is done, often
   * @param ended is notified of the end once, whether it was reached or not
   */
  public Steps(Run run, LongConsumer shown, Runnable ended) {
    this.run = run;
    this.shown = shown;
    this.ended = ended;
  }

  /**
   * So many units are done. Cheap enough for an inner loop.
   *
   * @throws Stopped if the run is to end
   */
  public void at(long done) {
    shown.accept(done);
    run.check();
  }

  /** As {@link #at}, for work that asks by itself when it can end. */
  public void shown(long done) {
    shown.accept(done);
  }

  @Override
  public void close() {
    ended.run();
  }
}
