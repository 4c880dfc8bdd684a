package dev.loupe.job;

import java.util.Optional;
import java.util.concurrent.CancellationException;

/** Work stopped on request: no failure, and no result. */
public final class Stopped extends CancellationException {
  private static final long serialVersionUID = 1;

  private final boolean keeps;

  /** Nothing is left to say. */
  public Stopped() {
    super("stopped");
    this.keeps = false;
  }

  /**
   * With what remains of the work.
   *
   * @param saved text for the user: where it was saved, and how it resumes
   */
  public Stopped(String saved) {
    super(saved);
    this.keeps = true;
  }

  /** Where the work was saved, and how it resumes; empty if nothing was to be saved. */
  public Optional<String> saved() {
    return keeps ? Optional.ofNullable(getMessage()) : Optional.empty();
  }
}
