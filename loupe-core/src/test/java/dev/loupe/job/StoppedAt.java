package dev.loupe.job;

import java.util.concurrent.atomic.AtomicInteger;

/** A run that is stopped when it has asked so often. */
public record StoppedAt(Run usual, AtomicInteger left) implements Run {
  @Override
  public long seed() {
    return usual.seed();
  }

  @Override
  public double seconds() {
    return usual.seconds();
  }

  @Override
  public boolean stopRequested() {
    return left.decrementAndGet() <= 0;
  }

  @Override
  public Steps steps(String what, Counted unit, long total) {
    return new Steps(this, _ -> {}, () -> {});
  }

  @Override
  public void early(Object part) {}
}
