package dev.loupe.model.load;

import dev.loupe.model.ModelConfig;
import dev.loupe.model.ModelWeights;
import dev.loupe.model.family.Family;
import dev.loupe.model.family.Parts;
import dev.loupe.model.family.Settings;
import dev.loupe.model.family.WeightSource;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Weights that stay as the file holds them: a layer's are expanded each time it is asked for, and
 * freed with the caller's scope. Only what is outside the blocks is kept expanded.
 */
final class ExpandedOnDemand implements ModelWeights {
  private final Family family;
  private final ModelConfig config;
  private final Settings settings;
  private final WeightSource source;
  private final Parts parts;
  private final Ends ends;
  private final List<String> notes;
  private final List<Tensor> owned = new ArrayList<>();

  ExpandedOnDemand(
      Family family, ModelConfig config, Settings settings, WeightSource source, DType dtype) {
    this.family = family;
    this.config = config;
    this.settings = settings;
    this.source = source;
    this.parts = new Parts(source, dtype);
    try (var _ = NativeScope.open()) {
      this.ends = family.ends(config, settings, parts);
      ends.tensors().forEach(tensor -> owned.add(tensor.retain()));
    }
    boolean complete = false;
    try {
      for (int layer = 0; layer < config.layers(); layer++) {
        try (var _ = NativeScope.open()) {
          look(family.layer(config, settings, layer, parts));
        }
      }
      notes =
          Stream.concat(
                  Stream.of(
                      "The weights stay as their file holds them and are widened to %s a layer at a"
                              .formatted(dtype == DType.F64 ? "float64" : "float32")
                          + " time: slower, for less memory. All sums are in that type; a model"
                          + " whose arithmetic rounds to bfloat16 may give other probabilities."),
                  Notes.of(settings, family, source, config.layers(), dtype).stream())
              .toList();
      complete = true;
    } finally {
      if (!complete) {
        owned.forEach(Tensor::close);
      }
    }
  }

  /** Finds what is missing or damaged now, an expert at a time. */
  private static void look(Layer layer) {
    if (layer.mlp() instanceof Mixture mixture) {
      for (int expert = 0; expert < mixture.shape().experts(); expert++) {
        try (var _ = NativeScope.open()) {
          mixture.expert(expert);
        }
      }
    }
  }

  @Override
  public List<String> notes() {
    return notes;
  }

  @Override
  public Ends ends() {
    return ends;
  }

  @Override
  public Layer layer(int layer) {
    return family.layer(config, settings, layer, parts);
  }

  @Override
  public boolean onDemand() {
    return true;
  }

  @Override
  public void close() {
    owned.forEach(Tensor::close);
    owned.clear();
    source.close();
  }
}
