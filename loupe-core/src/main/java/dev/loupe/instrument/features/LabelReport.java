package dev.loupe.instrument.features;

import dev.loupe.dictionary.FeatureId;
import java.util.List;

/** Labels, as the features were asked for. */
public record LabelReport(List<Labelled> labels) {
  /** One feature's; handed over early, as soon as it is kept. */
  public record Labelled(FeatureId id, Label label) {}

  public LabelReport {
    labels = List.copyOf(labels);
  }
}
