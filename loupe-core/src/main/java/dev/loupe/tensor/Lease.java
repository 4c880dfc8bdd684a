package dev.loupe.tensor;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/**
 * Native memory that stays in place until this is closed, even if its owner is closed before. Any
 * thread may close it; more than once does nothing.
 */
public final class Lease implements AutoCloseable {
  private final Runnable ended;
  private final AtomicBoolean isOver = new AtomicBoolean();

  Lease(Runnable ended) {
    this.ended = ended;
  }

  /**
   * Several leases as one: all of them, or none when one is refused.
   *
   * @throws dev.loupe.fault.LoupeException as the first that is refused
   */
  @SuppressWarnings("MustBeClosedChecker") // the lease that is returned closes them
  public static Lease all(List<Supplier<Lease>> wanted) {
    Deque<Lease> taken = new ArrayDeque<>();
    boolean whole = false;
    try {
      wanted.forEach(each -> taken.push(each.get()));
      whole = true;
      return new Lease(() -> taken.forEach(Lease::close));
    } finally {
      if (!whole) {
        taken.forEach(Lease::close);
      }
    }
  }

  @Override
  public void close() {
    if (isOver.compareAndSet(false, true)) {
      ended.run();
    }
  }
}
