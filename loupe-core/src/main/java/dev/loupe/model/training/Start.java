package dev.loupe.model.training;

import java.nio.file.Path;

/** The weights with which a training begins. */
public sealed interface Start {
  /** Random weights. */
  record FromSeed(long seed, Initialisation initialisation) implements Start {}

  /**
   * The weights of a GPT-2 model, rounded to float32.
   *
   * @param location any folder or file that {@code ModelLoader} opens
   */
  record FromModel(Path location) implements Start {}
}
