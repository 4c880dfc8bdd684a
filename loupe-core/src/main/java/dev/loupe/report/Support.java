package dev.loupe.report;

/** What a piece of evidence rests on, from weak to strong. */
public enum Support {
  /** Read off the run as it was. */
  OBSERVED,
  /** Something was changed in the model and the effect was measured. */
  INTERVENED,
  /** Compared with an answer that is known. */
  KNOWN
}
