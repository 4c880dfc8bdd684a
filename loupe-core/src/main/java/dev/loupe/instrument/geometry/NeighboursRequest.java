package dev.loupe.instrument.geometry;

import dev.loupe.dictionary.FeatureId;
import dev.loupe.fault.LoupeException;
import dev.loupe.instrument.Subject;
import java.util.List;

/**
 * Asks which features write in the same direction as given ones.
 *
 * @param features one or more of the subject's
 * @param others further dictionaries of the same model that are looked through; the caller's to
 *     close
 * @param count neighbours of each
 */
public record NeighboursRequest(List<FeatureId> features, List<Subject> others, int count) {
  private static final int MOST = 10_000;

  /**
   * Checks the ranges.
   *
   * @throws LoupeException if no feature is asked for or the number is out of range
   */
  public NeighboursRequest {
    features = List.copyOf(features);
    others = List.copyOf(others);
    if (features.isEmpty()) {
      throw LoupeException.badInput("no feature is asked for", "Name one, for example 4/141.");
    }
    if (count < 1 || count > MOST) {
      throw LoupeException.badInput(
          "`count` of " + count + " is out of range", "Choose one from 1 to " + MOST + ".");
    }
  }

  /** Ten neighbours in the same dictionary. */
  public static NeighboursRequest of(FeatureId... features) {
    return new NeighboursRequest(List.of(features), List.of(), 10);
  }
}
