package dev.loupe.dictionary.training;

import java.nio.file.Path;

/** Receives a training's progress, on the thread that runs it, and can stop it. */
public interface DictionaryListener {
  /** Hears nothing, stops never. */
  DictionaryListener NONE = new DictionaryListener() {};

  /**
   * A step was made.
   *
   * @param step counted from 1
   * @param steps of the whole training
   * @param tokens positions learned from so far
   * @param unexplained fraction of variance unexplained, mean over targets, of the largest
   *     dictionary
   * @param active features per position and layer, likewise
   * @param divergence of the replaced model in nats; NaN in steps that do not run it
   */
  record Step(
      int step, int steps, long tokens, double unexplained, double active, double divergence) {}

  /** The training resumes from a checkpoint. */
  default void resumed(int step, Path checkpoint) {}

  /**
   * The model has read more rows of the corpus, for the steps that come.
   *
   * @param rows of the buffer that is being filled
   * @param all rows of that buffer
   */
  default void reading(int rows, int all) {}

  /** A step was made. */
  default void step(Step step) {}

  /** The state was saved. */
  default void saved(int step, Path checkpoint) {}

  /** Asked after each step and while the model reads: whether to save a checkpoint and end. */
  default boolean stopRequested() {
    return false;
  }
}
