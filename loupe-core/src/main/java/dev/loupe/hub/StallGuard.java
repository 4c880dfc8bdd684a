package dev.loupe.hub;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;

/**
 * Closes a stream that has been silent for too long, because the JDK's client sets no time limit on
 * the bytes of an answer: without it a dead connection would block the command forever.
 */
final class StallGuard implements AutoCloseable {
  private final Thread watcher;
  private volatile long lastMove = System.nanoTime();

  StallGuard(InputStream stream, Duration limit) {
    watcher =
        Thread.ofVirtual()
            .start(() -> {
              try {
                while (true) {
                  long left = limit.toNanos() - (System.nanoTime() - lastMove);
                  if (left <= 0) {
                    stream.close();
                    return;
                  }
                  Thread.sleep(Duration.ofNanos(left));
                }
              } catch (InterruptedException | IOException e) {
                // Interrupted: the download went well. Failed to close: nothing is left to end.
              }
            });
  }

  /** Bytes came in. */
  void moved() {
    lastMove = System.nanoTime();
  }

  @Override
  public void close() {
    watcher.interrupt();
  }
}
