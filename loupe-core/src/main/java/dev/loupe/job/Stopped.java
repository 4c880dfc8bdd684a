package dev.loupe.job;

import java.util.concurrent.CancellationException;

/** Work ended before its end because someone asked for that: no failure, and no result. */
public final class Stopped extends CancellationException {
  private static final long serialVersionUID = 1;

  /** Nothing is left to say. */
  public Stopped() {
    super("stopped");
  }

  /**
   * With what remains of the work.
   *
   * @param saved text for the user: where it was saved, and how it resumes
   */
  public Stopped(String saved) {
    super(saved);
  }
}
