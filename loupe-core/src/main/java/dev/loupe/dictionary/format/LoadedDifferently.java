package dev.loupe.dictionary.format;

import dev.loupe.model.family.Settings;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * How SAELens had its model loaded for the training: TransformerLens can fold norms into weights
 * and centre what is written to the stream, after which its activations are other numbers than
 * those of the published files, which Loupe runs.
 */
final class LoadedDifferently {
  /** Where and how fast it ran, and which files it was. */
  private static final Set<String> WITHOUT_EFFECT =
      Set.of(
          "attn_implementation",
          "cache_dir",
          "device",
          "device_map",
          "dtype",
          "first_n_layers",
          "local_files_only",
          "low_cpu_mem_usage",
          "move_to_device",
          "n_devices",
          "token",
          "tokenizer",
          "torch_dtype",
          "trust_remote_code");

  private LoadedDifferently() {}

  static List<String> notes(Settings config) {
    TreeSet<String> said = new TreeSet<>();
    Stream.of(Optional.of(config), config.section("metadata"), config.section("meta"))
        .flatMap(Optional::stream)
        .map(holder -> holder.section("model_from_pretrained_kwargs"))
        .flatMap(Optional::stream)
        .forEach(kwargs ->
            kwargs.unread().stream()
                .filter(key -> !WITHOUT_EFFECT.contains(key))
                .forEach(key -> said.add(key + " " + kwargs.shown(key))));
    return said.isEmpty()
        ? List.of()
        : List.of(
            "The dictionary was trained on a model that was loaded with "
                + String.join(", ", said)
                + " (model_from_pretrained_kwargs); Loupe runs the model as its files are, where"
                + " activations may differ from those.");
  }
}
