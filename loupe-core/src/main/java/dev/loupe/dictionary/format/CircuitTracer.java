package dev.loupe.dictionary.format;

import static java.util.Objects.requireNonNull;
import static java.util.stream.Collectors.partitioningBy;

import dev.loupe.dictionary.Dictionary;
import dev.loupe.dictionary.DictionaryInfo;
import dev.loupe.dictionary.DictionaryLayer;
import dev.loupe.dictionary.Place;
import dev.loupe.dictionary.Selection;
import dev.loupe.fault.FileFault;
import dev.loupe.fault.LoupeException;
import dev.loupe.model.Site;
import dev.loupe.model.Tap;
import dev.loupe.model.family.Settings;
import dev.loupe.tensor.SafetensorsWriter;
import dev.loupe.tensor.StoredTensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What circuit-tracer's two formats share: numbered files and a {@code config.yaml}. */
final class CircuitTracer {
  static final String CONFIG = "config.yaml";
  private static final String MODEL_HASH = "model_sha256";

  private CircuitTracer() {}

  /** The numbers of the files {@code PREFIX{l}.safetensors} of a folder. */
  static SortedSet<Integer> numbers(Path folder, String prefix) {
    Pattern name = Pattern.compile(Pattern.quote(prefix) + "(\\d{1,4})\\.safetensors");
    SortedSet<Integer> numbers = new TreeSet<>();
    try (Stream<Path> files = Files.list(folder)) {
      files.forEach(file -> {
        Matcher parts = name.matcher(file.getFileName().toString());
        if (parts.matches()) {
          numbers.add(Integer.parseInt(parts.group(1)));
        }
      });
    } catch (IOException e) {
      throw FileFault.cannotRead(folder, e);
    }
    return numbers;
  }

  /** How many layers there are, numbered from 0 without a gap. */
  static int layers(Path folder, String prefix) {
    SortedSet<Integer> numbers = numbers(folder, prefix);
    int layers = numbers.last() + 1;
    for (int layer = 0; layer < layers; layer++) {
      if (!numbers.contains(layer)) {
        throw LoupeException.badInput(
            "%s: has layer %d but lacks %s%d.safetensors"
                .formatted(folder, layers - 1, prefix, layer),
            "Download the missing file.");
      }
    }
    return layers;
  }

  /** The configuration of a folder, whose files are of one kind. */
  static Settings config(Path folder, String kind) {
    Settings config = YamlFile.read(folder.resolve(CONFIG), FormatKeys.CIRCUIT_TRACER);
    String given = config.text("model_kind").orElse(kind);
    if (!given.equals(kind)) {
      throw LoupeException.badInput(
          "%s: model_kind is %s but the files are those of a %s"
              .formatted(config.origin(), given, kind),
          "The files do not belong together: download the dictionary again.");
    }
    return config;
  }

  static Tap input(Settings config, int layer) {
    return HookNames.tap(config.origin(), required(config, "feature_input_hook"), layer);
  }

  static Tap output(Settings config, int layer) {
    return HookNames.tap(config.origin(), required(config, "feature_output_hook"), layer);
  }

  private static String required(Settings config, String key) {
    return config
        .text(key)
        .orElseThrow(() ->
            LoupeException.badInput(
                config.origin() + ": does not give " + key,
                "Add it, for example '" + key + ": hook_resid_mid'."));
  }

  static DictionaryInfo info(Path folder, Settings config, String format) {
    return new DictionaryInfo(
        folder.toString(), format, config.text("model_name"), config.text(MODEL_HASH));
  }

  /** No file says it: a threshold means JumpReLU. */
  static Selection selection(Optional<StoredTensor> thresholds) {
    return thresholds.<Selection>map(Selection.JumpRelu::new).orElseGet(Selection.Relu::new);
  }

  static void requireOneActivation(Path folder, List<DictionaryLayer> parts) {
    Map<Boolean, List<DictionaryLayer>> byThreshold =
        parts.stream()
            .collect(partitioningBy(part -> part.selection() instanceof Selection.JumpRelu));
    List<DictionaryLayer> without = requireNonNull(byThreshold.get(false));
    List<DictionaryLayer> with = requireNonNull(byThreshold.get(true));
    if (!without.isEmpty() && !with.isEmpty()) {
      throw LoupeException.badInput(
          "%s: layer %d has no threshold but layer %d has: JumpReLU needs one in every layer"
              .formatted(folder, without.getFirst().layer(), with.getFirst().layer()),
          "The files are incomplete: download the dictionary again.");
    }
  }

  static void refusePlace(Path folder, Optional<Place> at) {
    if (at.isPresent()) {
      throw LoupeException.badInput(
          folder + ": gives the sites of its layers itself, in " + CONFIG,
          "Leave the site out, or correct the file.");
    }
  }

  static void requireExpressible(DictionaryFormat format, Dictionary dictionary) {
    List<Integer> layers = dictionary.layers();
    Tap reads = dictionary.reads(layers.getFirst());
    Site writes = dictionary.writes(layers.getFirst()).getFirst().site();
    HookNames.name(reads.site());
    HookNames.name(writes);
    for (int i = 0; i < layers.size(); i++) {
      DictionaryLayer parts = dictionary.parts(layers.get(i));
      if (layers.get(i) != i) {
        throw format.cannotSay("a dictionary without layer " + i);
      }
      if (parts.selection() instanceof Selection.TopK) {
        throw format.cannotSay("TopK");
      }
      if (parts.reads().site() != reads.site()
          || parts.writes().stream().anyMatch(write -> write.target().site() != writes)) {
        throw format.cannotSay("layers at different sites");
      }
    }
  }

  static void addThresholds(SafetensorsWriter writer, String name, DictionaryLayer parts) {
    if (!(parts.selection() instanceof Selection.Relu)) {
      StoredParts.thresholds(name, parts).ifPresent(writer::add);
    }
  }

  static void writeConfig(Dictionary dictionary, Path folder, String kind) throws IOException {
    Map<String, Object> config = new LinkedHashMap<>();
    config.put("model_kind", kind);
    dictionary.info().modelName().ifPresent(name -> config.put("model_name", name));
    dictionary.info().modelSha256().ifPresent(hash -> config.put(MODEL_HASH, hash));
    int first = dictionary.layers().getFirst();
    config.put("feature_input_hook", HookNames.name(dictionary.reads(first).site()));
    config.put("feature_output_hook", HookNames.name(dictionary.writes(first).getFirst().site()));
    YamlFile.write(folder.resolve(CONFIG), config);
  }
}
