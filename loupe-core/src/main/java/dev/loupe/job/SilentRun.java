package dev.loupe.job;

import java.util.function.Consumer;

record SilentRun(long seed, Consumer<Object> early, long began) implements Run {
  @Override
  public double seconds() {
    return (System.nanoTime() - began) / 1e9;
  }

  @Override
  public boolean stopRequested() {
    return false;
  }

  @Override
  public Steps steps(String what, Counted unit, long total) {
    return new Steps(this, _ -> {}, () -> {});
  }

  @Override
  public void early(Object part) {
    early.accept(part);
  }
}
