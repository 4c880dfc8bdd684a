package dev.loupe.dictionary.format;

import dev.loupe.fault.FileFault;
import dev.loupe.fault.LoupeException;
import dev.loupe.file.FileText;
import dev.loupe.model.family.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.representer.Representer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A {@code config.yaml}: plain data of bounded size, no tags. */
final class YamlFile {
  private static final long MOST_BYTES = 1 << 20;

  private YamlFile() {}

  /**
   * Reads a file.
   *
   * @param keys that it may hold
   * @throws LoupeException if it is missing, unreadable, no map, or says what Loupe cannot follow
   */
  static Settings read(Path file, KnownKeys keys) {
    LoaderOptions options = new LoaderOptions();
    options.setAllowDuplicateKeys(false);
    options.setMaxAliasesForCollections(0);
    options.setNestingDepthLimit(16);
    try {
      if (Files.size(file) > MOST_BYTES) {
        throw wrong(file, "has " + Files.size(file) + " bytes, too many for a config.yaml");
      }
      Object root = new Yaml(new SafeConstructor(options)).load(FileText.read(file));
      if (!(root instanceof Map<?, ?> map)
          || !map.keySet().stream().allMatch(String.class::isInstance)) {
        throw wrong(file, "is not a map of names to values");
      }
      JsonNode tree = JsonMapper.shared().valueToTree(root);
      keys.check(file.toString(), tree);
      return new Settings(file.toString(), tree);
    } catch (NoSuchFileException e) {
      throw LoupeException.badInput(
          file + ": no such file", "The folder needs it beside the weights.", e);
    } catch (IOException e) {
      throw FileFault.cannotRead(file, e);
    } catch (YAMLException e) {
      String firstLine = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
      throw LoupeException.badInput(
          file + ": not YAML: " + firstLine, "Download the dictionary again.", e);
    }
  }

  private static LoupeException wrong(Path file, String what) {
    return LoupeException.badInput(file + ": " + what, "Download the dictionary again.");
  }

  /** Writes a flat map, in its order. */
  static void write(Path file, Map<String, Object> values) throws IOException {
    DumperOptions options = new DumperOptions();
    options.setDefaultFlowStyle(DumperOptions.FlowStyle.BLOCK);
    Yaml yaml =
        new Yaml(new SafeConstructor(new LoaderOptions()), new Representer(options), options);
    Files.writeString(file, yaml.dump(values));
  }
}
