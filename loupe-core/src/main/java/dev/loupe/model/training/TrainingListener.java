package dev.loupe.model.training;

import java.nio.file.Path;

/** Receives a training's progress, on the thread that runs it, and can stop it. */
public interface TrainingListener {
  /** Hears nothing, stops never. */
  TrainingListener NONE = new TrainingListener() {};

  /**
   * A step was made.
   *
   * @param step counted from 1
   * @param steps of the whole training
   * @param tokens positions read so far, those of earlier runs included
   * @param loss mean cross entropy of the step's counted positions, in nats
   * @param learningRate AdamW's
   * @param gradientNorm before clipping
   * @param tokensPerSecond of this step
   */
  record Step(
      int step,
      int steps,
      long tokens,
      double loss,
      double learningRate,
      double gradientNorm,
      double tokensPerSecond) {}

  /** The training resumes from a checkpoint. */
  default void resumed(int step, Path checkpoint) {}

  /** A step was made. */
  default void step(Step step) {}

  /** The held-out rows' mean loss was taken, in nats. */
  default void evaluated(int step, double loss) {}

  /** A probe has measured the model. */
  default void measured(int step, String probe, Probe.Score score) {}

  /** The state was saved. */
  default void saved(int step, Path checkpoint) {}

  /** Asked after each step: whether to save a checkpoint and end. */
  default boolean stopRequested() {
    return false;
  }
}
