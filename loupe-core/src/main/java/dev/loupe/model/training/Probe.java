package dev.loupe.model.training;

import dev.loupe.model.Transformer;
import java.util.List;

/** Questions to a network during training. */
public interface Probe {
  /** What it asks about. */
  String name();

  /** Asks them all; the model's weights are those of the training and must not be changed. */
  List<Score> measure(Transformer model);

  /**
   * Correct answers.
   *
   * @param name of the group of questions
   * @param right how many were answered correctly
   * @param total how many were asked
   */
  record Score(String name, long right, long total) {}
}
