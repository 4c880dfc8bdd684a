package dev.loupe.model.load;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.fault.LoupeException;
import dev.loupe.model.Hooks;
import dev.loupe.model.ModelFixture;
import dev.loupe.model.TokenBatch;
import dev.loupe.model.Transformer;
import dev.loupe.model.family.Families;
import dev.loupe.model.family.Family;
import dev.loupe.model.family.Settings;
import dev.loupe.model.family.SettingsTable;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.SafetensorsFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Whatever number of a configuration is changed, the logits follow or the change is refused. */
@Tag("oracle")
class SettingsPropertyTest {
  /**
   * Numbers that change no logits in the published code either: lengths (they bound, and stretch
   * only certain rotations), and marks of a kind of layer that the list of layers overrides.
   */
  private static final Set<String> LENGTHS =
      Set.of(
          "max_position_embeddings",
          "n_positions",
          "seq_length",
          "original_max_position_embeddings",
          "max_window_layers",
          "sliding_window_pattern",
          "_sliding_window_pattern",
          // Gemma 3's code does not use it.
          "attn_logit_softcapping");

  @TempDir Path folder;

  static List<Path> folders() {
    Set<String> families = new TreeSet<>(Families.names());
    families.add("gemma3");
    return ModelFixture.all().stream()
        .map(ModelFixture::folder)
        .filter(model -> Files.exists(model.resolve("model.safetensors")))
        .filter(model -> families.contains(config(model).path("model_type").asString("")))
        .toList();
  }

  private static ObjectNode config(Path model) {
    return (ObjectNode) JsonMapper.shared().readTree(model.resolve("config.json").toFile());
  }

  @ParameterizedTest
  @MethodSource("folders")
  void anyNumberCountsOrIsKnownToBeWithoutEffect(Path model) throws IOException {
    Files.createSymbolicLink(
        folder.resolve("model.safetensors"), model.resolve("model.safetensors").toRealPath());
    float[] before = logits(config(model));
    List<String> silent = new ArrayList<>();
    Set<String> ofTheFamily =
        SettingsTable.withoutEffect(
            Families.of(Families.textPart(Settings.read(model.resolve("config.json")))).name());
    for (String path : numbers(config(model))) {
      String key = path.substring(path.lastIndexOf('/') + 1);
      if (LENGTHS.contains(key)
          || SettingsTable.WITHOUT_EFFECT.contains(key)
          || ofTheFamily.contains(key)) {
        continue;
      }
      if (!counts(model, path, before)) {
        silent.add(path);
      }
    }
    assertTrue(silent.isEmpty(), "changed without a word: " + silent);
  }

  /** Whether one of several changes of a number is refused or changes the logits. */
  private boolean counts(Path model, String path, float[] before) throws IOException {
    double value = config(model).at(path).doubleValue();
    for (double other :
        new double[] {2 * value, value / 2, value + 1, 1, 3, 50 * value, value / 1000}) {
      ObjectNode changed = config(model);
      ObjectNode parent = (ObjectNode) changed.at(path.substring(0, path.lastIndexOf('/')));
      String key = path.substring(path.lastIndexOf('/') + 1);
      if (changed.at(path).isIntegralNumber()) {
        parent.put(key, (long) other);
      } else {
        parent.put(key, other);
      }
      if (changed.equals(config(model))) {
        continue;
      }
      try {
        if (!Arrays.equals(before, logits(changed))) {
          return true;
        }
      } catch (LoupeException e) {
        return true;
      }
    }
    return false;
  }

  private float[] logits(ObjectNode config) throws IOException {
    Files.writeString(folder.resolve("config.json"), config.toString());
    // Long enough for every window and for the far end of every rotation.
    int[] ids = new int[24];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = 3 + (7 * i) % 50;
    }
    try (Transformer model = ModelLoader.transformer(folder, LoadOptions.of(DType.F64));
        var _ = NativeScope.open()) {
      return model.logits(TokenBatch.of(ids), Hooks.NONE).toFloats();
    }
  }

  /** Where numbers stand, in the text part and its sections of rotation. */
  private static List<String> numbers(ObjectNode config) {
    List<String> found = new ArrayList<>();
    collect(
        config.has("text_config") ? config.get("text_config") : config,
        config.has("text_config") ? "/text_config" : "",
        found);
    return found;
  }

  private static void collect(JsonNode node, String path, List<String> found) {
    for (Map.Entry<String, JsonNode> each : node.properties()) {
      String at = path + "/" + each.getKey();
      if (each.getValue().isNumber()) {
        found.add(at);
      } else if (each.getValue().isObject()) {
        collect(each.getValue(), at, found);
      }
    }
  }

  /** The page is made anew with {@code -Dloupe.write=true}. */
  @Test
  void everyKeyThatAFamilyReadsStandsInTheTable() throws IOException {
    Map<String, Set<String>> read = new TreeMap<>();
    for (Path model : folders()) {
      Settings settings = Families.textPart(Settings.read(model.resolve("config.json")));
      Family family = Families.of(settings);
      try (var _ =
          new LoadedWeights(
              family,
              family.config(settings),
              settings,
              new StoredWeights(SafetensorsFolder.open(model)),
              DType.F32)) {
        read.computeIfAbsent(family.name(), _ -> new TreeSet<>()).addAll(settings.read());
      }
    }
    Path page = Path.of(System.getProperty("loupe.root", "..")).resolve("docs/settings.md");
    if (Boolean.getBoolean("loupe.write")) {
      Files.writeString(page, SettingsTable.page(read));
    }
    List<String> lines = Files.readAllLines(page);
    read.forEach((family, keys) -> {
      String row =
          lines.stream()
              .filter(line -> line.startsWith("| " + family + " |"))
              .findFirst()
              .orElse("");
      for (String key : keys) {
        assertTrue(row.contains("`" + key + "`"), family + " reads " + key + ": not in " + page);
      }
    });
    for (String key : SettingsTable.WITHOUT_EFFECT) {
      assertTrue(lines.toString().contains("`" + key + "`"), key + " is not in " + page);
    }
    for (String family : read.keySet()) {
      for (String key : SettingsTable.withoutEffect(family)) {
        assertTrue(
            lines.stream()
                .skip(lines.indexOf("## Known to be without effect on the logits"))
                .anyMatch(line ->
                    line.startsWith("| " + family + " |") && line.contains("`" + key + "`")),
            family + " passes over " + key + ": not in " + page);
      }
    }
  }
}
