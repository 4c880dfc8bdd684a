package dev.loupe.audit;

/**
 * How many answers of each grade.
 *
 * @param undetermined in none of the rates
 */
public record GradeCounts(long right, long wrong, long abstained, long empty, long undetermined) {
  public GradeCounts {
    if (right < 0 || wrong < 0 || abstained < 0 || empty < 0 || undetermined < 0) {
      throw new IllegalArgumentException("a negative count of answers");
    }
  }

  /** How many of this grade. */
  public long of(Grade grade) {
    return switch (grade) {
      case RIGHT -> right;
      case WRONG -> wrong;
      case ABSTAINED -> abstained;
      case EMPTY -> empty;
      case UNDETERMINED -> undetermined;
    };
  }

  /** Those with a grade: right, wrong, abstained and empty. */
  public long answers() {
    return right + wrong + abstained + empty;
  }

  /** Right and wrong. */
  public long attempted() {
    return right + wrong;
  }

  /** Right of all; NaN for none. */
  public double accuracy() {
    return share(right, answers());
  }

  /** Right of those attempted; NaN for none. */
  public double accuracyGivenAttempted() {
    return share(right, attempted());
  }

  /** The harmonic mean of both accuracies, as SimpleQA has it; 0 where nothing is right. */
  public double simpleQaF() {
    return right == 0 ? 0 : 2.0 * right / (attempted() + answers());
  }

  /** 100 · (right − wrong)/all, as AA-Omniscience has it: 100 times the score at t = ½. */
  public double omniscienceIndex() {
    return 100.0 * (right - wrong) / answers();
  }

  /**
   * Wrong of all that are not right, the hallucination rate of AA-Omniscience; NaN if all are
   * right.
   */
  public double wrongOfNotRight() {
    return share(wrong, answers() - right);
  }

  private static double share(long part, long whole) {
    return whole == 0 ? Double.NaN : (double) part / whole;
  }
}
