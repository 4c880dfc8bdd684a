package dev.loupe.job;

import java.util.concurrent.CancellationException;

/** Work stopped on request: no failure, and no result. */
public final class Stopped extends CancellationException {
  private static final long serialVersionUID = 1;

  /** Without a message. */
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
