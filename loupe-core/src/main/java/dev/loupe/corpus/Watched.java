package dev.loupe.corpus;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Runs a source of items on its own thread and watches its progress. A library that waits forever
 * on a damaged file cannot be stopped from within; from here it is interrupted, abandoned, and the
 * file reported.
 */
final class Watched {
  /** Items that are ready before they are asked for; the source waits when there are so many. */
  private static final int MOST_READY = 256;

  /** Gives items one by one to whoever takes them, and returns after the last. */
  @FunctionalInterface
  interface Source<T> {
    void give(Consumer<T> taker) throws IOException;
  }

  /** What the thread hands over: an item, or its end, which is a failure unless all went well. */
  private record Handed<T>(Optional<T> item, Optional<Throwable> failure) {}

  /** Ends the thread when nobody takes its items any more. */
  private static final class Abandoned extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  private Watched() {}

  /**
   * Takes all items of a source, on the calling thread.
   *
   * @param patience how long to wait for one item
   * @throws IOException if the source fails in whatever way, or gives nothing for that long
   */
  static <T> void read(Source<T> source, Consumer<T> taker, Duration patience) throws IOException {
    BlockingQueue<Handed<T>> queue = new ArrayBlockingQueue<>(MOST_READY);
    Thread thread =
        Thread.ofPlatform().daemon().name("corpus reader").start(() -> run(source, queue));
    try {
      while (true) {
        Handed<T> next = queue.poll(patience.toMillis(), TimeUnit.MILLISECONDS);
        if (next == null) {
          throw stalled(thread, patience);
        }
        if (next.failure.isPresent()) {
          Throwable failure = next.failure.get();
          throw new IOException(reason(failure), failure);
        }
        if (next.item.isEmpty()) {
          return;
        }
        taker.accept(next.item.get());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } finally {
      thread.interrupt();
    }
  }

  private static IOException stalled(Thread thread, Duration patience) {
    Throwable where = new IllegalStateException("where it waited");
    where.setStackTrace(thread.getStackTrace());
    return new IOException(
        "its reader made no progress for %d s, as happens on damaged pages"
            .formatted(Math.max(1, patience.toSeconds())),
        where);
  }

  private static String reason(Throwable failure) {
    return failure.getMessage() == null ? failure.getClass().getSimpleName() : failure.getMessage();
  }

  private static <T> void run(Source<T> source, BlockingQueue<Handed<T>> queue) {
    Handed<T> last = new Handed<>(Optional.empty(), Optional.empty());
    try {
      source.give(item -> put(queue, new Handed<>(Optional.of(item), Optional.empty())));
    } catch (Abandoned _) {
      return;
    } catch (Throwable e) { // of an Error, too, the taker must hear: it would wait in vain
      last = new Handed<>(Optional.empty(), Optional.of(e));
    }
    try {
      put(queue, last);
    } catch (Abandoned _) {
      // Nobody waits for the end.
    }
  }

  private static <T> void put(BlockingQueue<Handed<T>> queue, Handed<T> item) {
    try {
      queue.put(item);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Abandoned();
    }
  }
}
