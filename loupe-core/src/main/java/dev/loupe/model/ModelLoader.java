package dev.loupe.model;

import dev.loupe.model.family.Families;
import dev.loupe.model.family.Family;
import dev.loupe.model.family.Settings;
import dev.loupe.model.family.WeightSource;
import dev.loupe.tensor.SafetensorsFolder;
import java.nio.file.Path;

/** Opens models from a folder as transformers saves it. */
public final class ModelLoader {
  private ModelLoader() {}

  /**
   * The network of a folder with {@code config.json} and a safetensors checkpoint.
   *
   * @throws dev.loupe.fault.LoupeException if a file is missing or malformed, the family is
   *     unknown, or weights are missing, of a wrong shape or not finite
   */
  public static Transformer transformer(Path folder, LoadOptions options) {
    Settings settings = Settings.read(folder.resolve("config.json"));
    Family family = Families.of(settings);
    ModelConfig config = family.config(settings);
    WeightSource source = new StoredWeights(SafetensorsFolder.open(folder));
    boolean loaded = false;
    try {
      Transformer transformer =
          new Transformer(
              config, new LoadedWeights(family, config, settings, source, options.dtype()));
      loaded = true;
      return transformer;
    } finally {
      if (!loaded) {
        source.close();
      }
    }
  }
}
