package dev.loupe.report;

/** What a check came to. */
public enum Verdict {
  /** The measured value keeps the tolerance. */
  PASSED,
  /** It does not, or is undefined: the answer must not be relied on. */
  FAILED,
  /** A figure for reading the answer; there is no threshold. */
  NOTED
}
