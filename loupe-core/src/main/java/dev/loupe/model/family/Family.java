package dev.loupe.model.family;

import dev.loupe.model.ModelConfig;
import dev.loupe.model.ModelWeights;
import java.util.Set;

/** One family of checkpoints, as a map from its files to the shared description. */
public interface Family {
  /** The {@code model_type} of its {@code config.json}. */
  String name();

  /** The class that a {@code config.json} without {@code model_type} names in its architectures. */
  String architecture();

  /** Keys that its files have and its published code does not use, though another family's may. */
  default Set<String> withoutEffect() {
    return Set.of();
  }

  /**
   * What the settings describe; absent keys take the defaults of the family's published code.
   *
   * @throws dev.loupe.fault.LoupeException if a value is wrong or asks for something unknown
   */
  ModelConfig config(Settings settings);

  /** The parts outside the blocks. */
  ModelWeights.Ends ends(ModelConfig config, Settings settings, Parts parts);

  /** The parts of one block. */
  ModelWeights.Layer layer(ModelConfig config, Settings settings, int layer, Parts parts);
}
