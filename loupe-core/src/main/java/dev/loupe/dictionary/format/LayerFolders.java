package dev.loupe.dictionary.format;

import dev.loupe.dictionary.Dictionary;
import dev.loupe.dictionary.DictionaryInfo;
import dev.loupe.dictionary.DictionaryLayer;
import dev.loupe.dictionary.Place;
import dev.loupe.fault.FileFault;
import dev.loupe.fault.LoupeException;
import dev.loupe.model.family.Settings;
import dev.loupe.tensor.NativeScope;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * A format whose folder holds one layer; several such folders side by side are a dictionary of
 * several layers.
 */
abstract class LayerFolders implements DictionaryFormat {
  static final String CONFIG = "cfg.json";
  static final String MODEL_NAME = "model_name";
  static final String MODEL_HASH = "model_sha256";

  /** The file of the weights. */
  abstract String weights();

  /** What its configuration may say. */
  abstract KnownKeys keys();

  /** Reads one layer. */
  abstract DictionaryLayer readLayer(
      Path folder, Settings config, Optional<Place> at, OpenFiles opened);

  /** The object of the configuration that names the model. */
  Settings model(Settings config) {
    return config;
  }

  /** Writes the weights of one layer and fills its configuration. */
  abstract void writeLayer(Dictionary dictionary, int layer, Path folder, ObjectNode config)
      throws IOException;

  /** The name of a layer's folder below the dictionary's. */
  abstract String folderName(DictionaryLayer parts);

  /** Whether a single layer needs a folder of its own too. */
  boolean alwaysNests() {
    return false;
  }

  @Override
  public String files() {
    return weights() + " with " + CONFIG;
  }

  @Override
  public boolean isIn(Path folder) {
    return !folders(folder).isEmpty();
  }

  private List<Path> folders(Path folder) {
    if (Files.exists(folder.resolve(weights()))) {
      return List.of(folder);
    }
    try (Stream<Path> children = Files.list(folder)) {
      return children.filter(child -> Files.exists(child.resolve(weights()))).sorted().toList();
    } catch (IOException e) {
      throw FileFault.cannotRead(folder, e);
    }
  }

  @Override
  public Dictionary read(Path folder, Optional<Place> at, OpenFiles opened) {
    List<Path> folders = folders(folder);
    if (at.isPresent() && folders.size() > 1) {
      throw LoupeException.badInput(
          folder + ": holds " + folders.size() + " layers, but a site is given for one",
          "Name one of the folders in it, or leave the site out.");
    }
    Optional<Settings> first = Optional.empty();
    List<DictionaryLayer> parts = new ArrayList<>();
    for (Path layer : folders) {
      Settings config = config(layer);
      first = first.or(() -> Optional.of(config));
      parts.add(readLayer(layer, config, at, opened));
    }
    Settings model = model(first.orElseThrow());
    return Dictionary.of(
        new DictionaryInfo(
            folder.toString(),
            name(),
            model.text(MODEL_NAME),
            model.text(MODEL_HASH),
            notes(first.orElseThrow())),
        parts,
        opened.stores());
  }

  /** Refuses what changes the computation in a way that this format's class does not follow. */
  void checkKeys(String origin, JsonNode config) {
    keys().check(origin, config);
  }

  /** What a reader of results should know of the training. */
  List<String> notes(Settings config) {
    return List.of();
  }

  /** The configuration beside the weights. */
  Settings config(Path folder) {
    Path file = folder.resolve(CONFIG);
    if (!Files.exists(file)) {
      throw LoupeException.badInput(
          file + ": no such file", "The folder needs it beside " + weights() + ".");
    }
    Settings config = Settings.read(file);
    checkKeys(file.toString(), JsonMapper.shared().readTree(file));
    return config;
  }

  /** What to say of a layer whose files do not tell its place. */
  static LoupeException noPlace(Path folder) {
    return LoupeException.badInput(
        folder + ": does not say where in the model it reads",
        "Give the site, for example resid_post.12, or mlp_in.3:mlp_out.3 for a transcoder (`at`).");
  }

  @Override
  public void write(Dictionary dictionary, Path folder) throws IOException {
    boolean nests = alwaysNests() || dictionary.layers().size() > 1;
    for (int layer : dictionary.layers()) {
      Path own = nests ? folder.resolve(folderName(dictionary.parts(layer))) : folder;
      Files.createDirectories(own);
      ObjectNode config = JsonMapper.shared().createObjectNode();
      try (var _ = NativeScope.open()) {
        writeLayer(dictionary, layer, own, config);
      }
      Files.writeString(
          own.resolve(CONFIG),
          JsonMapper.shared().writerWithDefaultPrettyPrinter().writeValueAsString(config) + "\n");
    }
  }

  static void putModel(Dictionary dictionary, ObjectNode node) {
    dictionary.info().modelName().ifPresent(name -> node.put(MODEL_NAME, name));
    dictionary.info().modelSha256().ifPresent(hash -> node.put(MODEL_HASH, hash));
  }

  void requireOneTarget(Dictionary dictionary) {
    if (dictionary.kind() == Dictionary.Kind.CROSS_LAYER_TRANSCODER) {
      throw cannotSay("features that write to several layers");
    }
  }
}
