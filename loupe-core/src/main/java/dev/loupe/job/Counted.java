package dev.loupe.job;

/** What is counted while work goes on. */
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
