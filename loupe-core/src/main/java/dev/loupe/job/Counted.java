package dev.loupe.job;

/** What is counted while work is done. */
public enum Counted {
  BYTES,
  LAYERS,
  TOKENS,
  DOCUMENTS,
  QUESTIONS,
  PROMPTS,
  RUNS,
  ROWS,
  STEPS,
  POSITIONS,
  FEATURES
}
