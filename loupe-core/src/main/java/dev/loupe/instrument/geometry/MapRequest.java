package dev.loupe.instrument.geometry;

import dev.loupe.dictionary.FeatureId;
import dev.loupe.fault.LoupeException;
import dev.loupe.instrument.Subject;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Asks for a plane in which features that write alike are near.
 *
 * @param others further dictionaries of the same model in the same map; the caller's to close
 * @param texts for frequency and the token on which each feature is most active; features that are
 *     dead on them are left out
 * @param labels words for features of the subject's dictionary and of the others, in their order;
 *     shorter where the last ones have none
 * @param neighbours of each feature that the plane is to keep
 * @param epochs of the layout; empty for 500 below 10,000 features, else 200
 */
public record MapRequest(
    List<Subject> others,
    Optional<TextsRequest> texts,
    List<Map<FeatureId, String>> labels,
    int neighbours,
    OptionalInt epochs) {
  /** Neighbours unless asked otherwise. */
  public static final int USUAL_NEIGHBOURS = 15;

  /**
   * Checks the ranges.
   *
   * @throws dev.loupe.fault.LoupeException if a number is out of range
   */
  public MapRequest {
    others = List.copyOf(others);
    labels = labels.stream().map(Map::copyOf).toList();
    if (labels.size() > 1 + others.size()) {
      throw LoupeException.badInput(
          "`labels` are given for %d dictionaries of %d"
              .formatted(labels.size(), 1 + others.size()),
          "Give labels for one dictionary each, in their order.");
    }
    MatchRequest.requireRange("neighbours", neighbours, 2, 200);
    MatchRequest.requireRange("epochs", epochs.orElse(1), 1, 10_000);
  }

  /** The usual map of one dictionary. */
  public static MapRequest usual() {
    return new MapRequest(
        List.of(), Optional.empty(), List.of(), USUAL_NEIGHBOURS, OptionalInt.empty());
  }
}
