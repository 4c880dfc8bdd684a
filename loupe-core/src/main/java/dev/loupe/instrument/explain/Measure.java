package dev.loupe.instrument.explain;

import java.util.Locale;

/** What of the answer is measured for each text (the scalariser). */
public enum Measure {
  /** Mean log-probability of the answer's tokens; of two answers, the difference of the sums. */
  LOG_PROBABILITY,
  /** ROUGE-L of the answer to the changed prompt with that to the whole one. */
  ROUGE,
  /** Smoothed BLEU of the same. */
  BLEU,
  /** Cosine of the two by a sentence embedding model. */
  SIMILARITY;

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
