package dev.loupe.instrument.features;

import dev.loupe.dictionary.FeatureId;
import dev.loupe.fault.LoupeException;
import java.nio.file.Path;
import java.util.List;

/**
 * Asks what features mean.
 *
 * @param store the index that they are looked up in
 * @param features one or more
 */
public record ShowRequest(Path store, List<FeatureId> features) {
  public ShowRequest {
    features = List.copyOf(features);
    if (features.isEmpty()) {
      throw LoupeException.badInput("no feature is asked for", "Name one, for example 2/141.");
    }
  }
}
