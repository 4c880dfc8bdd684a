package dev.loupe.cli.terminal;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Lets a command end in its own time when the user interrupts it: what it has said stays whole, and
 * the process ends with 130.
 */
public final class Interruption implements AutoCloseable {
  private static final int PATIENCE_SECONDS = 5;

  private final int patienceSeconds;
  private final CountDownLatch ended = new CountDownLatch(1);
  private final Thread hook = new Thread(this::await, "interruption");
  private volatile boolean asked;

  public Interruption() {
    this(PATIENCE_SECONDS);
  }

  /**
   * For a command that needs its time.
   *
   * @param patienceSeconds how long the process waits for the command's last word
   */
  public Interruption(int patienceSeconds) {
    this.patienceSeconds = patienceSeconds;
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /** Whether the user wants the command to stop. */
  public boolean asked() {
    return asked;
  }

  /** The command has said its last word. */
  @Override
  public void close() {
    ended.countDown();
    if (!asked) {
      try {
        Runtime.getRuntime().removeShutdownHook(hook);
      } catch (IllegalStateException e) {
        // Interrupted just now; the hook no longer waits for anything.
        asked = true;
      }
    }
  }

  private void await() {
    asked = true;
    try {
      if (!ended.await(patienceSeconds, TimeUnit.SECONDS)) {
        ended.countDown();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
