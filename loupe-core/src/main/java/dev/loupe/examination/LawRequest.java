package dev.loupe.examination;

import dev.loupe.fault.LoupeException;
import dev.loupe.instrument.Subject;
import java.util.List;

/**
 * Asks at which frequency the concepts of a world get a feature of their own.
 *
 * @param world seed of the world that the model and the dictionaries were trained on
 * @param scale its size
 * @param others dictionaries of other sizes, of the same model; the caller's to close
 * @param concepts so many at most from each quarter of a decade of frequency
 * @param each occurrences of each concept that are read at most, half of them to choose its
 *     feature, half to measure it
 * @param threshold F1 from which a feature is a concept's own
 */
public record LawRequest(
    long world, double scale, List<Subject> others, int concepts, int each, double threshold) {
  /** F1 from which a feature is a concept's own, unless asked otherwise. */
  public static final double USUAL_THRESHOLD = 0.7;

  /**
   * Checks the ranges.
   *
   * @throws LoupeException if a number is out of range
   */
  public LawRequest {
    others = List.copyOf(others);
    if (concepts < 1 || each < 4) {
      throw LoupeException.badInput(
          "`concepts` of %d and `each` of %d are out of range".formatted(concepts, each),
          "Choose at least 1 and 4.");
    }
    if (!(threshold > 0 && threshold <= 1)) {
      throw LoupeException.badInput(
          "`threshold` of " + threshold + " is no F1", "Choose one above 0, at most 1.");
    }
  }

  /** The usual request in the world of the shipped models. */
  public static LawRequest of(List<Subject> others) {
    return new LawRequest(ExaminationRequest.WORLD, 1, others, 25, 16, USUAL_THRESHOLD);
  }
}
