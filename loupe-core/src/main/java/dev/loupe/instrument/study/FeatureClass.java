package dev.loupe.instrument.study;

import static dev.loupe.instrument.study.Criteria.AGAINST_AT_MOST;
import static dev.loupe.instrument.study.Criteria.BAND_AT_MOST;
import static dev.loupe.instrument.study.Criteria.BAND_ENERGY;
import static dev.loupe.instrument.study.Criteria.CONSTANT_AT_LEAST;
import static dev.loupe.instrument.study.Criteria.PATTERN_AT_LEAST;
import static dev.loupe.instrument.study.Criteria.RISE_AT_LEAST;
import static dev.loupe.instrument.study.Criteria.TASK_AT_LEAST;

/**
 * What a feature does in the greater-than task, by measured {@link Criteria}; the first that holds,
 * in this order.
 */
public enum FeatureClass {
  /** Years that end in 0 or 5 against the others. */
  FIVES(
      "multiples of five",
      "at least "
          + PATTERN_AT_LEAST
          + " of the map's variance over ZZ is the pattern of multiples of five and of ten"),
  /** Even years against odd ones. */
  PARITY(
      "parity or contrast",
      "at least " + PATTERN_AT_LEAST + " of the variance is even against odd ZZ"),
  /** Lowers the years that it should raise. */
  AGAINST("works against the task", "task correlation of at most " + AGAINST_AT_MOST),
  /** The same for every YY: late years up. */
  LARGE(
      "promotes large ZZ whatever YY",
      "the mean row holds at least "
          + CONSTANT_AT_LEAST
          + " of the variance and correlates at least "
          + RISE_AT_LEAST
          + " with ZZ"),
  /** Works, but only for some YY. */
  BAND(
      "works for a band of YY",
      BAND_ENERGY
          + " of the variance lies within at most "
          + BAND_AT_MOST
          + " YY, and the task correlation is at least "
          + TASK_AT_LEAST),
  /** None of these. */
  NONE("none of these", "no criterion holds");

  private final String label;
  private final String criterion;

  FeatureClass(String label, String criterion) {
    this.label = label;
    this.criterion = criterion;
  }

  /** In words. */
  public String label() {
    return label;
  }

  /** What must hold, in words with the threshold. */
  public String criterion() {
    return criterion;
  }

  /** The class of a feature. */
  static FeatureClass of(Criteria measured) {
    boolean isPattern = Math.max(measured.fives(), measured.parity()) >= PATTERN_AT_LEAST;
    if (isPattern) {
      return measured.fives() > measured.parity() ? FIVES : PARITY;
    }
    if (measured.task() <= AGAINST_AT_MOST) {
      return AGAINST;
    }
    if (measured.constant() >= CONSTANT_AT_LEAST && measured.rise() >= RISE_AT_LEAST) {
      return LARGE;
    }
    boolean isBand = measured.bandTo() - measured.bandFrom() + 1 <= BAND_AT_MOST;
    return isBand && measured.task() >= TASK_AT_LEAST ? BAND : NONE;
  }
}
