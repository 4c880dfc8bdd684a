package dev.loupe.cli.terminal;

import dev.loupe.job.Counted;
import dev.loupe.job.Run;
import dev.loupe.job.Steps;
import java.util.function.Consumer;

/** A run that a person watches on a terminal and may interrupt. */
public final class TerminalRun implements Run, AutoCloseable {
  private final Terminal terminal;
  private final long seed;
  private final Consumer<Object> early;
  private final Interruption interruption = new Interruption();
  private final long began = System.nanoTime();

  /**
   * Starts the clock.
   *
   * @param early takes the parts of the answer that are ready before the rest
   */
  public TerminalRun(Terminal terminal, long seed, Consumer<Object> early) {
    this.terminal = terminal;
    this.seed = seed;
    this.early = early;
  }

  @Override
  public long seed() {
    return seed;
  }

  @Override
  public double seconds() {
    return (System.nanoTime() - began) / 1e9;
  }

  @Override
  public boolean stopRequested() {
    return interruption.asked();
  }

  @Override
  public Steps steps(String what, Counted unit, long total) {
    ProgressLine line = new ProgressLine(terminal, what, unit);
    return new Steps(this, done -> line.at(done, total), line::close);
  }

  @Override
  public void early(Object part) {
    early.accept(part);
  }

  @Override
  public void close() {
    interruption.close();
  }
}
