package dev.loupe.report;

import dev.loupe.statistics.Estimate;

/**
 * One check of an answer, on this model and this prompt.
 *
 * @param checked the claim, as a sentence without full stop
 * @param support what supports the check
 * @param measured the measured value
 * @param tolerance the threshold, in the unit of {@code measured}; NaN when only noted
 * @param verdict whether it passed
 * @param note a further note, or empty
 */
public record Evidence(
    String checked,
    Support support,
    Estimate measured,
    double tolerance,
    Verdict verdict,
    String note) {

  /** A check that passes when the measured value is at most {@code tolerance}. NaN fails. */
  public static Evidence atMost(
      double tolerance, String checked, Support support, Estimate measured, String note) {
    Verdict verdict = measured.value() <= tolerance ? Verdict.PASSED : Verdict.FAILED;
    return new Evidence(checked, support, measured, tolerance, verdict, note);
  }

  /** A check that passes when the measured value is at least {@code tolerance}. NaN fails. */
  public static Evidence atLeast(
      double tolerance, String checked, Support support, Estimate measured, String note) {
    Verdict verdict = measured.value() >= tolerance ? Verdict.PASSED : Verdict.FAILED;
    return new Evidence(checked, support, measured, tolerance, verdict, note);
  }

  /** A figure that is reported without a verdict. */
  public static Evidence noted(String checked, Support support, Estimate measured, String note) {
    return new Evidence(checked, support, measured, Double.NaN, Verdict.NOTED, note);
  }

  /** The same, told of one of several things. */
  public Evidence about(String what) {
    return new Evidence(what + ": " + checked, support, measured, tolerance, verdict, note);
  }
}
