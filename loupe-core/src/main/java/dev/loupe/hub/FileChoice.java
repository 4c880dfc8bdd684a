package dev.loupe.hub;

import dev.loupe.fault.LoupeException;
import dev.loupe.file.ForeignWeights;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Which of a model's files are fetched: configuration, tokenizer and weights that hold data alone.
 * Pickled weights and code are never fetched, since opening them runs code.
 */
final class FileChoice {
  private static final Pattern SMALL =
      Pattern.compile(
          "config\\.json|generation_config\\.json|tokenizer[^/]*\\.json|special_tokens_map\\.json"
              + "|chat_template[^/]*\\.(?:json|jinja)");
  private static final Pattern SHARD = Pattern.compile("model-[^/]*\\.safetensors");
  private static final int MOST_SHOWN = 8;

  private FileChoice() {}

  /**
   * Chooses from a listing; small files come first, so that a snapshot with weights is whole.
   *
   * @throws LoupeException if nothing can be opened, or several files could be meant
   */
  static List<String> choose(ModelReference.Named reference, List<String> files) {
    if (reference.file().isPresent() || isGgufOnly(files)) {
      return gguf(reference, files);
    }
    List<String> weights = safetensors(files);
    if (weights.isEmpty()) {
      throw nothingToOpen(reference, files);
    }
    List<String> small = filter(files, name -> SMALL.matcher(name).matches());
    if (!small.contains("config.json")) {
      throw LoupeException.badInput(
          reference.repository() + " has weights but no config.json",
          "Choose a model in the transformers layout, or a GGUF file of it.");
    }
    return Stream.concat(small.stream(), weights.stream()).toList();
  }

  /** The one GGUF model meant: a file, or all parts of one that is split. */
  private static List<String> gguf(ModelReference.Named reference, List<String> files) {
    List<String> all = filter(files, name -> name.endsWith(".gguf"));
    List<String> models = all.stream().map(GgufFiles::first).distinct().toList();
    List<String> meant =
        reference
            .file()
            .map(file -> all.contains(file) ? List.of(GgufFiles.first(file)) : List.<String>of())
            .orElse(models);
    if (meant.size() != 1) {
      String problem =
          reference.file().map(file -> " has no file " + file).orElse(" has several GGUF files");
      throw LoupeException.badInput(
          reference.repository() + problem,
          all.isEmpty()
              ? "It has no GGUF file at all; leave the part after the colon out."
              : "Choose one, as in "
                  + reference.repository()
                  + ":FILE, of: "
                  + String.join(", ", models.subList(0, Math.min(MOST_SHOWN, models.size())))
                  + (models.size() > MOST_SHOWN ? ", ... (" + models.size() + " in all)" : "")
                  + ".");
    }
    List<String> parts = GgufFiles.parts(meant.getFirst());
    List<String> missing = parts.stream().filter(part -> !all.contains(part)).toList();
    if (!missing.isEmpty()) {
      throw LoupeException.badInput(
          "%s has a GGUF model in %d parts, but not all of them: missing %s"
              .formatted(reference.repository(), parts.size(), String.join(", ", missing)),
          "The model on the hub is incomplete; choose another file, revision or model.");
    }
    return parts;
  }

  private static boolean isGgufOnly(List<String> files) {
    return safetensors(files).isEmpty() && files.stream().anyMatch(f -> f.endsWith(".gguf"));
  }

  private static List<String> safetensors(List<String> files) {
    if (files.contains("model.safetensors")) {
      return List.of("model.safetensors");
    }
    if (files.contains(Snapshot.INDEX)) {
      return filter(files, name -> name.equals(Snapshot.INDEX) || SHARD.matcher(name).matches());
    }
    return List.of();
  }

  private static LoupeException nothingToOpen(ModelReference.Named reference, List<String> files) {
    return ForeignWeights.among(files, reference.repository())
        .map(found ->
            LoupeException.badInput(reference.repository() + " " + found.what(), found.remedy()))
        .orElseGet(() ->
            LoupeException.badInput(
                reference.repository() + " has no weights that Loupe opens",
                "Choose a model with .safetensors or .gguf files."));
  }

  private static List<String> filter(List<String> files, Predicate<String> wanted) {
    return files.stream().filter(wanted).sorted().toList();
  }
}
