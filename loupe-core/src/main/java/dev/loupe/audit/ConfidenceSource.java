package dev.loupe.audit;

import java.util.Locale;

/** Where the confidence in an answer comes from. */
public enum ConfidenceSource {
  /** The file has it: a column, a score's metadata, the chosen one's share of a multiple choice. */
  RECORDED("as recorded", true),
  /** A number that the answer's own text states. */
  STATED("stated in the answer's text", true),
  /** The probability of the answer's text, the product of its tokens'. */
  LOG_PROBABILITIES("probability of the text, from its tokens' log-probabilities", true),
  /** The share of an item's sampled answers that say the same, abstentions among them. */
  AGREEMENT("share of the item's samples that say the same", true),
  /**
   * 1 − H/ln M, H the entropy of an item's M samples by what they say (Farquhar et al. 2024). No
   * probability: it ranks answers, and is not compared with the share right.
   */
  SEMANTIC_ENTROPY("1 - semantic entropy / ln M of the item's samples; ranks only", false);

  private final String words;
  private final boolean isProbability;

  ConfidenceSource(String words, boolean isProbability) {
    this.words = words;
    this.isProbability = isProbability;
  }

  /** For people. */
  public String words() {
    return words;
  }

  /** Whether it may be compared with the share right, rather than only rank answers. */
  public boolean isProbability() {
    return isProbability;
  }

  /** Whether an item's answers make it together. */
  boolean isOfSamples() {
    return this == AGREEMENT || this == SEMANTIC_ENTROPY;
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
