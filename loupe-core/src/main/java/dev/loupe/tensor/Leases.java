package dev.loupe.tensor;

import dev.loupe.fault.LoupeException;

/**
 * Who uses some native memory now. Its owner may close it at any time and from any thread: the
 * memory is released when nobody uses it any more, at once or by whoever ends last. A mapping that
 * ends under a reader would end the process.
 */
public final class Leases implements AutoCloseable {
  private final String what;
  private final Runnable release;
  private int held;
  private boolean isClosed;
  private boolean isReleased;

  /**
   * Nobody uses it yet.
   *
   * @param what it is, for messages: {@code the model smollm2}
   * @param release gives the memory back; called once
   */
  public Leases(String what, Runnable release) {
    this.what = what;
    this.release = release;
  }

  /**
   * For work that begins: refused once the owner is closed.
   *
   * @throws LoupeException if the owner is closed
   */
  public synchronized Lease lease() {
    if (isClosed) {
      throw refused();
    }
    return taken();
  }

  /**
   * For a step of work that has perhaps a lease already: granted as long as the memory exists.
   *
   * @throws LoupeException if the memory is released
   */
  public synchronized Lease use() {
    if (isReleased) {
      throw refused();
    }
    return taken();
  }

  private Lease taken() {
    held++;
    return new Lease(this::ended);
  }

  private LoupeException refused() {
    return LoupeException.badInput(what + " is closed", "Open it again.");
  }

  private void ended() {
    boolean isLast;
    synchronized (this) {
      held--;
      isLast = isClosed && held == 0 && !isReleased;
      isReleased |= isLast;
    }
    if (isLast) {
      release.run();
    }
  }

  /** Refuses new leases from now on; gives the memory back now, or when the last lease ends. */
  @Override
  public void close() {
    boolean isLast;
    synchronized (this) {
      isClosed = true;
      isLast = held == 0 && !isReleased;
      isReleased |= isLast;
    }
    if (isLast) {
      release.run();
    }
  }
}
