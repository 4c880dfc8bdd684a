package dev.loupe.instrument.geometry;

import java.util.List;

/**
 * Asks how well single neurons do what features do.
 *
 * @param texts on which activations are correlated
 * @param layers of the subject's basis; empty for all
 * @param permutations of whole texts, for the largest correlation by chance
 * @param leastActive positions on which a feature must be active to be judged
 */
public record NeuronsRequest(
    TextsRequest texts, List<Integer> layers, int permutations, int leastActive) {
  /**
   * Checks the ranges.
   *
   * @throws dev.loupe.fault.LoupeException if a number is out of range
   */
  public NeuronsRequest {
    layers = List.copyOf(layers);
    MatchRequest.requireRange("permutations", permutations, 0, 10_000);
    MatchRequest.requireRange("leastActive", leastActive, 1, Integer.MAX_VALUE);
  }

  /** The usual request. */
  public static NeuronsRequest of(TextsRequest texts) {
    return new NeuronsRequest(texts, List.of(), 5, MatchRequest.USUAL_ACTIVE);
  }
}
