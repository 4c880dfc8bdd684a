package dev.loupe.dictionary;

/** What an intervention freezes at its values in the unchanged run. */
public enum Freezing {
  /**
   * Attention patterns, norm denominators, and the model's values wherever the basis replaces them;
   * neurons elsewhere keep their gains. A change reaches others over the edges of a graph alone,
   * one step.
   */
  DIRECT,
  /** Attention patterns and norm denominators. */
  ATTENTION_AND_NORMS,
  /** Attention patterns. */
  ATTENTION,
  /** Nothing. */
  NOTHING,
  /**
   * Attention patterns, and the model's values wherever the basis replaces them but in the last
   * layer; changes are written there only.
   */
  CONSTRAINED;

  boolean holdsPatterns() {
    return this != NOTHING;
  }

  boolean holdsNorms() {
    return this == DIRECT || this == ATTENTION_AND_NORMS;
  }

  /** Whether the value at the own target of a layer is held, in a model of this many layers. */
  boolean holds(int layer, int layers) {
    return this == DIRECT || (this == CONSTRAINED && layer < layers - 1);
  }

  /** Whether anything that the basis replaces is held. */
  boolean holdsValues() {
    return this == DIRECT || this == CONSTRAINED;
  }
}
