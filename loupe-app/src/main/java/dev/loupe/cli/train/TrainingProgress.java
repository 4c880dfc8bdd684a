package dev.loupe.cli.train;

import dev.loupe.cli.terminal.ProgressLine;
import dev.loupe.cli.terminal.Terminal;
import dev.loupe.job.Counted;
import dev.loupe.model.training.Probe;
import dev.loupe.model.training.TrainingListener;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.SequencedMap;
import java.util.function.BooleanSupplier;

/** A training's progress on standard error, and what it said last. */
public final class TrainingProgress implements TrainingListener, AutoCloseable {
  private final Terminal terminal;
  private final BooleanSupplier stop;
  private final ProgressLine line;
  private final SequencedMap<String, Probe.Score> scores = new LinkedHashMap<>();
  private OptionalDouble evaluation = OptionalDouble.empty();
  private long tokens;

  /**
   * @param stop whether the user asked the training to end
   */
  TrainingProgress(Terminal terminal, BooleanSupplier stop) {
    this.terminal = terminal;
    this.stop = stop;
    this.line = new ProgressLine(terminal, "training", Counted.TOKENS);
  }

  @Override
  public void resumed(int step, Path checkpoint) {
    note(String.format(Locale.ROOT, "resuming after step %,d, from %s", step, checkpoint));
  }

  @Override
  public void step(Step step) {
    tokens = step.tokens();
    line.at(tokens, tokens / step.step() * step.steps());
  }

  @Override
  public void evaluated(int step, double loss) {
    evaluation = OptionalDouble.of(loss);
    note(
        String.format(Locale.ROOT, "step %,d, %,d tokens: held-out loss %.4f", step, tokens, loss));
  }

  @Override
  public void measured(int step, String probe, Probe.Score score) {
    scores.put(score.name(), score);
  }

  @Override
  public boolean stopRequested() {
    return stop.getAsBoolean();
  }

  /** The last loss on held-out documents. */
  OptionalDouble evaluation() {
    return evaluation;
  }

  /** The last score of each group of questions. */
  SequencedMap<String, Probe.Score> scores() {
    return scores;
  }

  /** Tokens read so far, those of earlier runs included; 0 if this run made no step. */
  long tokens() {
    return tokens;
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
  }
}
