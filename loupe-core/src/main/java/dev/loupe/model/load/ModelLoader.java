package dev.loupe.model.load;

import dev.loupe.model.ModelConfig;
import dev.loupe.model.Transformer;
import dev.loupe.model.family.Families;
import dev.loupe.model.family.Family;
import dev.loupe.model.family.Settings;
import dev.loupe.model.family.WeightSource;
import dev.loupe.model.format.Gguf;
import dev.loupe.tensor.SafetensorsFolder;
import dev.loupe.tensor.TensorStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Supplier;

/** Opens the network of a folder as transformers saves it, or of a GGUF file. */
public final class ModelLoader {
  private final LoadOptions options;

  private ModelLoader(LoadOptions options) {
    this.options = options;
  }

  /**
   * The network of a folder with {@code config.json} and a safetensors checkpoint, or of a GGUF
   * file.
   *
   * @throws dev.loupe.fault.LoupeException if a file is missing or malformed, the family is
   *     unknown, or weights are missing, of a wrong shape or not finite
   */
  public static Transformer transformer(Path location, LoadOptions options) {
    ModelLoader loader = new ModelLoader(options);
    return Files.isDirectory(location) ? loader.folder(location) : loader.gguf(location);
  }

  private Transformer folder(Path folder) {
    Settings settings = Families.textPart(Settings.read(folder.resolve("config.json")));
    Family family = Families.of(settings);
    ModelConfig config = family.config(settings);
    TensorStore store = SafetensorsFolder.open(folder);
    return closingOnFailure(
        store, () -> transformer(family, config, settings, new StoredWeights(store)));
  }

  private Transformer gguf(Path path) {
    Gguf file = Gguf.open(path);
    return closingOnFailure(
        file,
        () -> {
          String architecture = file.text("general.architecture");
          GgufNames names = GgufNames.of(architecture, path.toString());
          Settings settings = GgufSettings.of(file, architecture);
          Family family = Families.of(settings);
          ModelConfig config = family.config(settings);
          boolean once = !isTooLarge(GgufWeights.bytes(file, options.dtype()));
          return transformer(
              family,
              config,
              settings,
              new GgufWeights(file, names, name -> names.order(name, config), once));
        });
  }

  private Transformer transformer(
      Family family, ModelConfig config, Settings settings, WeightSource source) {
    return new Transformer(
        config,
        isTooLarge(source.bytes(options.dtype()))
            ? new ExpandedOnDemand(family, config, settings, source, options.dtype())
            : new LoadedWeights(family, config, settings, source, options.dtype()));
  }

  private boolean isTooLarge(long bytes) {
    return bytes > 0 && bytes > options.most().getAsLong();
  }

  private static Transformer closingOnFailure(AutoCloseable file, Supplier<Transformer> open) {
    boolean opened = false;
    try {
      Transformer transformer = open.get();
      opened = true;
      return transformer;
    } finally {
      if (!opened) {
        close(file);
      }
    }
  }

  private static void close(AutoCloseable file) {
    switch (file) {
      case Gguf gguf -> gguf.close();
      case TensorStore store -> store.close();
      default -> throw new IllegalArgumentException("not a file of weights: " + file);
    }
  }
}
