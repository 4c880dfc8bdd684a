package dev.loupe.cli.dictionary;

import dev.loupe.cli.terminal.ProgressLine;
import dev.loupe.cli.terminal.Terminal;
import dev.loupe.dictionary.training.DictionaryListener;
import dev.loupe.job.Counted;
import java.nio.file.Path;
import java.util.Locale;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** The progress of a training of dictionaries on standard error. */
public final class DictionaryProgress implements DictionaryListener, AutoCloseable {
  private static final int NOTES = 10;

  private final Terminal terminal;
  private final BooleanSupplier stop;
  private final ProgressLine line;
  private @Nullable ProgressLine reading;

  /**
   * @param stop whether the user asked the training to end
   */
  DictionaryProgress(Terminal terminal, BooleanSupplier stop) {
    this.terminal = terminal;
    this.stop = stop;
    this.line = new ProgressLine(terminal, "training", Counted.TOKENS);
  }

  @Override
  public void resumed(int step, Path checkpoint) {
    note(String.format(Locale.ROOT, "resuming after step %,d, from %s", step, checkpoint));
  }

  @Override
  public void reading(int rows, int all) {
    if (reading == null) {
      line.close();
      reading = new ProgressLine(terminal, "running the model", Counted.ROWS);
    }
    reading.at(rows, all);
    if (rows == all) {
      reading.close();
      reading = null;
    }
  }

  @Override
  public void step(Step step) {
    line.at(step.tokens(), step.tokens() / step.step() * step.steps());
    if (step.step() % Math.max(1, step.steps() / NOTES) == 0) {
      note(
          String.format(
              Locale.ROOT,
              "step %,d, %,d tokens: FVU %.4f, L0 %.1f%s",
              step.step(),
              step.tokens(),
              step.unexplained(),
              step.active(),
              Double.isNaN(step.divergence())
                  ? ""
                  : String.format(Locale.ROOT, ", divergence %.4f", step.divergence())));
    }
  }

  @Override
  public boolean stopRequested() {
    return stop.getAsBoolean();
  }

  private void note(String text) {
    if (!terminal.quiet()) {
      line.close();
      terminal.err().println(text);
    }
  }

  @Override
  public void close() {
    line.close();
    if (reading != null) {
      reading.close();
    }
  }
}
