package dev.loupe.instrument.geometry;

import dev.loupe.fault.LoupeException;
import dev.loupe.instrument.Subject;
import java.util.List;
import java.util.Optional;

/**
 * Asks which features of two dictionaries, of one model or of two, are the same.
 *
 * @param other the other dictionary in its model; the caller's to close
 * @param texts on which activations are correlated; without them directions alone are compared,
 *     which needs one model
 * @param layers of the subject's basis; empty for all
 * @param otherLayers of the other's; empty for all
 * @param permutations of whole texts, and random rotations of directions, for the null
 * @param least correlation or cosine above which two features may be partners
 * @param leastActive positions on which a feature must be active to be judged
 * @param shown pairs in the answer, the best ones
 */
public record MatchRequest(
    Subject other,
    Optional<TextsRequest> texts,
    List<Integer> layers,
    List<Integer> otherLayers,
    int permutations,
    double least,
    int leastActive,
    int shown) {
  /** Permutations unless asked otherwise. */
  public static final int USUAL_PERMUTATIONS = 20;

  /** Below this two features are no partners (Lan et al. 2024). */
  public static final double USUAL_LEAST = 0.1;

  /** A feature seen less often is not judged. */
  public static final int USUAL_ACTIVE = 10;

  private static final int MOST_PERMUTATIONS = 10_000;

  /**
   * Checks the ranges.
   *
   * @throws LoupeException if a number is out of range
   */
  public MatchRequest {
    layers = List.copyOf(layers);
    otherLayers = List.copyOf(otherLayers);
    requireRange("permutations", permutations, 0, MOST_PERMUTATIONS);
    requireRange("leastActive", leastActive, 1, Integer.MAX_VALUE);
    requireRange("shown", shown, 0, Integer.MAX_VALUE);
    if (!(least >= 0 && least < 1)) {
      throw LoupeException.badInput(
          "`least` of " + least + " is out of range", "Choose one from 0 to below 1.");
    }
  }

  /**
   * Fails if a number is out of range.
   *
   * @throws LoupeException naming the field
   */
  static void requireRange(String name, int value, int least, int most) {
    if (value < least || value > most) {
      throw LoupeException.badInput(
          "`%s` of %d is out of range".formatted(name, value),
          "Choose one from %d to %d.".formatted(least, most));
    }
  }

  /** By direction alone. */
  public static MatchRequest of(Subject other) {
    return new MatchRequest(
        other,
        Optional.empty(),
        List.of(),
        List.of(),
        USUAL_PERMUTATIONS,
        USUAL_LEAST,
        USUAL_ACTIVE,
        200);
  }

  /** By what features do on these texts, too. */
  public MatchRequest on(TextsRequest some) {
    return new MatchRequest(
        other, Optional.of(some), layers, otherLayers, permutations, least, leastActive, shown);
  }
}
