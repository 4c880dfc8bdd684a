package dev.loupe.cli.terminal;

import dev.loupe.job.Counted;
import dev.loupe.job.Run;
import dev.loupe.job.Steps;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A run that a person watches on a terminal and may interrupt. */
public final class TerminalRun implements Run, AutoCloseable {
  /** Work that keeps its state takes its time to save it. */
  private static final int PATIENCE_SECONDS = 120;

  private final Terminal terminal;
  private final long seed;
  private final Consumer<Object> early;
  private final Interruption interruption;
  private final long began = System.nanoTime();
  private @Nullable ProgressLine current;

  /**
   * Starts the clock.
   *
   * @param early takes the parts of the answer that are ready before the rest
   */
  public TerminalRun(Terminal terminal, long seed, Consumer<Object> early) {
    this(terminal, seed, early, new Interruption(PATIENCE_SECONDS));
  }

  /** A run that has nothing to save when it is interrupted. */
  public static TerminalRun brief(Terminal terminal, long seed) {
    return new TerminalRun(terminal, seed, _ -> {}, new Interruption());
  }

  private TerminalRun(
      Terminal terminal, long seed, Consumer<Object> early, Interruption interruption) {
    this.terminal = terminal;
    this.seed = seed;
    this.early = early;
    this.interruption = interruption;
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
    current = line;
    return new Steps(this, done -> line.at(done, total), line::close);
  }

  @Override
  public void note(String remark) {
    if (!terminal.quiet()) {
      if (current != null) {
        current.close();
      }
      terminal.err().println(RequestFields.asOptions(remark));
    }
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
