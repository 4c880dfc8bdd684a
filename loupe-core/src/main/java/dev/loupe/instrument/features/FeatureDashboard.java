package dev.loupe.instrument.features;

import dev.loupe.model.load.LanguageModel;
import dev.loupe.report.Provenance;
import dev.loupe.tensor.Engine;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

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
    List<FeatureReport> features,
    Provenance provenance) {
  public FeatureDashboard {
    facts = Map.copyOf(facts);
    features = List.copyOf(features);
  }

  /**
   * Reads features.
   *
   * @throws dev.loupe.fault.LoupeException if one does not exist
   */
  public static FeatureDashboard of(
      FeatureSubject subject, FeatureStore store, List<FeatureId> ids) {
    long start = System.nanoTime();
    FeatureReader reader = new FeatureReader(subject, store);
    List<FeatureReport> features = ids.stream().map(reader::read).toList();
    LanguageModel model = subject.model();
    return new FeatureDashboard(
        model.name(),
        model.transformer().config().layers(),
        subject.basisName(),
        new TreeMap<>(store.facts()),
        store.counted(),
        features,
        new Provenance(
            List.of(
                new Provenance.Input(model.name(), subject.modelSha256().get()),
                new Provenance.Input(
                    subject.basisName(), store.facts().getOrDefault("basis fingerprint", ""))),
            0,
            model.transformer().dtype().name(),
            "cpu",
            Provenance.LOUPE,
            Runtime.version().toString(),
            Engine.version(),
            (System.nanoTime() - start) / 1e9));
  }
}
