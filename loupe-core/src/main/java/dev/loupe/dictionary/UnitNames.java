package dev.loupe.dictionary;

import dev.loupe.fault.LoupeException;
import dev.loupe.model.ModelConfig;
import java.util.Map;

/**
 * How the units of a basis are spelt: {@code LAYER/NUMBER}, and where an MLP is a mixture, {@code
 * LAYER/EXPERT.NEURON}. Arrays number a layer's units through all its experts.
 *
 * @param mixtures the layers that are mixtures
 */
public record UnitNames(Map<Integer, ModelConfig.MixtureShape> mixtures) {
  /** Every unit by its number. */
  public static final UnitNames PLAIN = new UnitNames(Map.of());

  public UnitNames {
    mixtures = Map.copyOf(mixtures);
  }

  /** As a person reads it, from a unit that is numbered through its layer. */
  public FeatureId spelt(FeatureId id) {
    ModelConfig.MixtureShape shape = mixtures.get(id.layer());
    if (shape == null || id.expert().isPresent()) {
      return id;
    }
    int expert = shape.expert(id.feature());
    return FeatureId.ofExpert(id.layer(), expert, id.feature() - shape.firstUnit(expert));
  }

  /** As a person reads it, with its position. */
  public FeatureAt spelt(FeatureAt unit) {
    return new FeatureAt(spelt(unit.id()), unit.position());
  }

  /**
   * Numbered through its layer, from either spelling.
   *
   * @throws LoupeException if the layer has no such expert, or the expert no such neuron
   */
  public FeatureId numbered(FeatureId id) {
    if (id.expert().isEmpty()) {
      return id;
    }
    int expert = id.expert().getAsInt();
    ModelConfig.MixtureShape shape = mixtures.get(id.layer());
    if (shape == null) {
      throw LoupeException.badInput(
          "there is no %s: the units of layer %d are not those of experts"
              .formatted(id, id.layer()),
          "Write LAYER/NUMBER, for example 2/141.");
    }
    if (expert >= shape.weights() || id.feature() >= shape.units(expert)) {
      throw LoupeException.badInput(
          "there is no %s: layer %d has %d experts of %d neurons"
                  .formatted(id, id.layer(), shape.experts(), shape.width())
              + (shape.sharedWidth() > 0
                  ? ", and a shared one, expert %d, of %d"
                      .formatted(shape.experts(), shape.sharedWidth())
                  : ""),
          "Write LAYER/EXPERT.NEURON, both counted from 0.");
    }
    return new FeatureId(id.layer(), shape.firstUnit(expert) + id.feature());
  }

  /** Numbered through its layer, with its position. */
  public FeatureAt numbered(FeatureAt unit) {
    return new FeatureAt(numbered(unit.id()), unit.position());
  }
}
