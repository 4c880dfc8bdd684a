package dev.loupe.instrument.features;

import dev.loupe.dictionary.FeatureId;
import dev.loupe.instrument.Subject;
import java.nio.file.Path;
import java.util.Map;

/** The labels in an index, for those who show features in other ways. */
public final class IndexLabels {
  private IndexLabels() {}

  /**
   * Reads them.
   *
   * @return words by feature; none for features without a label
   * @throws dev.loupe.fault.LoupeException if there is no such index, it is damaged, or of another
   *     model or basis
   */
  public static Map<FeatureId, String> read(Path store, Subject subject) {
    try (FeatureStore index = FeatureStore.open(store, subject)) {
      return LabelFile.of(index).words();
    }
  }
}
