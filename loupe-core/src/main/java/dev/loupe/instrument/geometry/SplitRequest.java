package dev.loupe.instrument.geometry;

import dev.loupe.fault.LoupeException;
import dev.loupe.instrument.Subject;
import java.util.List;

/**
 * Asks how the features of a dictionary split in larger ones.
 *
 * @param larger dictionaries of the same model, from the next larger one to the largest; the
 *     caller's to close
 * @param otherSeeds dictionaries trained like one of the others but for the seed, each as large as
 *     that one: what "splitting" there is without any difference in size
 * @param texts on which activations are compared
 * @param permutations of whole texts, for the containment by chance
 * @param leastActive positions on which a feature must be active to be judged
 * @param concepts words for which trees are grown, from the feature of the smallest dictionary that
 *     tells each best, on documents of the texts' corpus that hold them
 * @param shown features of the smallest dictionary whose trees are told where no concepts are asked
 *     for: those with the most children
 */
public record SplitRequest(
    List<Subject> larger,
    List<Subject> otherSeeds,
    TextsRequest texts,
    int permutations,
    int leastActive,
    List<String> concepts,
    int shown) {
  /**
   * Checks the ranges.
   *
   * @throws LoupeException if there is no larger dictionary or a number is out of range
   */
  public SplitRequest {
    larger = List.copyOf(larger);
    otherSeeds = List.copyOf(otherSeeds);
    concepts = concepts.stream().map(String::strip).distinct().toList();
    if (concepts.contains("")) {
      throw LoupeException.badInput("one of the `concepts` is empty", "Name words.");
    }
    if (larger.isEmpty()) {
      throw LoupeException.badInput(
          "there is no larger dictionary to compare with", "Name one or more (`larger`).");
    }
    MatchRequest.requireRange("permutations", permutations, 0, 10_000);
    MatchRequest.requireRange("leastActive", leastActive, 1, Integer.MAX_VALUE);
    MatchRequest.requireRange("shown", shown, 0, Integer.MAX_VALUE);
  }

  /** The usual request. */
  public static SplitRequest of(List<Subject> larger, TextsRequest texts) {
    return new SplitRequest(larger, List.of(), texts, 5, MatchRequest.USUAL_ACTIVE, List.of(), 20);
  }
}
