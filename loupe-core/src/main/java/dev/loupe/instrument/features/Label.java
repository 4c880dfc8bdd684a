package dev.loupe.instrument.features;

import java.util.Optional;

/**
 * A feature's meaning in words.
 *
 * @param text the words
 * @param source {@link #HEURISTIC}, or the model that wrote it
 * @param detection how well the words tell texts on which the feature fires from others
 * @param fuzzing how well they tell rightly marked tokens from wrongly marked ones
 */
public record Label(
    String text, String source, Optional<LabelScore> detection, Optional<LabelScore> fuzzing) {
  /** The source of words put together by rule from examples and logits, by no model. */
  public static final String HEURISTIC = "heuristic";

  /** Whether no model wrote it. */
  public boolean isHeuristic() {
    return source.equals(HEURISTIC);
  }
}
