package dev.loupe.examination;

import java.nio.file.Path;
import java.util.Optional;

/** Asks how a model, or an instrument on a model, compares with the world it was trained on. */
public sealed interface ExaminationRequest {
  /** The world of the shipped models. */
  long WORLD = 7;

  /** Seed of the world. */
  long world();

  /** The world's size. */
  double scale();

  /**
   * Every test question of the world.
   *
   * @param chat whether they are asked in conversations, for models trained on those
   */
  record OfModel(long world, double scale, boolean chat) implements ExaminationRequest {}

  /**
   * The trace compared with ground truth, over questions of two hops that the model answers right.
   *
   * @param questions at most, drawn by the run's seed
   * @param log keeps each question's figures at once; those that it holds are not measured again
   */
  record OfTrace(long world, double scale, int questions, Optional<Path> log)
      implements ExaminationRequest {}

  /** Every test question of the world of the shipped models. */
  static ExaminationRequest ofModel() {
    return new OfModel(WORLD, 1, false);
  }

  /** The trace in the world of the shipped models. */
  static ExaminationRequest ofTrace(int questions) {
    return new OfTrace(WORLD, 1, questions, Optional.empty());
  }
}
