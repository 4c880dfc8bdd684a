package dev.loupe.instrument.features;

import dev.loupe.dictionary.FeatureId;
import dev.loupe.fault.LoupeException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Asks for features in words.
 *
 * @param store the index that they are looked up in, beside which the labels are kept
 * @param features one or more
 * @param server who writes and tests the labels; without one a rule puts them together
 */
public record LabelRequest(Path store, List<FeatureId> features, Optional<Server> server) {
  /**
   * An OpenAI-compatible server; its key comes from the environment alone.
   *
   * @param url for example {@code http://localhost:8000/v1}
   * @param model as the server names it
   */
  public record Server(String url, String model) {}

  public LabelRequest {
    features = List.copyOf(features);
    if (features.isEmpty()) {
      throw LoupeException.badInput("no feature is asked for", "Name one, for example 2/141.");
    }
  }
}
