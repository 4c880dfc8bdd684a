package dev.loupe.instrument.features;

import dev.loupe.report.JsonAnswer;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JsonGenerator;

/**
 * Some features of one index, with what they were found in.
 *
 * @param model its name
 * @param layers how many blocks it has
 * @param basis what the features are features of
 * @param facts what the index was made of: name to value
 * @param tokens that the index counted
 * @param features as they were asked for
 */
public record FeatureDashboard(
    String model,
    int layers,
    String basis,
    Map<String, String> facts,
    long tokens,
    List<FeatureReport> features)
    implements JsonAnswer {
  public FeatureDashboard {
    facts = Map.copyOf(facts);
    features = List.copyOf(features);
  }

  @Override
  public void writeProperties(JsonGenerator json) {
    FeatureJson.write(json, this);
  }
}
