package dev.loupe.examination;

import dev.loupe.fault.LoupeException;
import dev.loupe.instrument.Subject;
import java.util.List;

/**
 * Asks how dictionaries hold concepts of a world whose truth is known.
 *
 * @param world seed of the world that the model and the dictionaries were trained on
 * @param scale its size
 * @param others dictionaries of other sizes, of the same model; the caller's to close
 * @param concepts words at most from each quarter of a decade of frequency
 * @param each occurrences of each word that are read at most
 * @param permutations of the themes of concrete documents
 */
public record ConceptsRequest(
    long world, double scale, List<Subject> others, int concepts, int each, int permutations) {
  /**
   * Checks the ranges.
   *
   * @throws LoupeException if a number is out of range
   */
  public ConceptsRequest {
    others = List.copyOf(others);
    if (concepts < 1 || each < 4) {
      throw LoupeException.badInput(
          "`concepts` of %d and `each` of %d are out of range".formatted(concepts, each),
          "Choose at least 1 and 4.");
    }
    if (permutations < 0 || permutations > 100_000) {
      throw LoupeException.badInput(
          "`permutations` of %d is out of range".formatted(permutations),
          "Choose one from 0 to 100,000.");
    }
  }

  /** The usual request in the world of the shipped models. */
  public static ConceptsRequest of(List<Subject> others) {
    return new ConceptsRequest(ExaminationRequest.WORLD, 1, others, 60, 16, 1000);
  }
}
