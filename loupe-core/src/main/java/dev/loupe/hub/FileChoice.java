package dev.loupe.hub;

import dev.loupe.fault.LoupeException;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Which of a model's files are fetched: configuration, tokenizer and weights that hold data alone.
 * Pickled weights and code are never fetched, since to open them is to run them.
 */
final class FileChoice {
  private static final Pattern SMALL =
      Pattern.compile(
          "config\\.json|generation_config\\.json|tokenizer[^/]*\\.json|special_tokens_map\\.json"
              + "|chat_template[^/]*\\.(?:json|jinja)");
  private static final Pattern SHARD = Pattern.compile("model-[^/]*\\.safetensors");
  private static final Pattern PICKLED = Pattern.compile(".*\\.(?:bin|pt|pth|ckpt|h5|msgpack)");
  private static final Pattern SPLIT_GGUF = Pattern.compile(".*-\\d{5}-of-\\d{5}\\.gguf");
  private static final int MOST_SHOWN = 8;

  private FileChoice() {}

  /**
   * Chooses from a listing; small files come first, so that a snapshot with weights is whole.
   *
   * @throws LoupeException if nothing can be opened, or several files could be meant
   */
  static List<String> choose(ModelReference.Named reference, List<String> files) {
    if (reference.file().isPresent() || isGgufOnly(files)) {
      return List.of(gguf(reference, files));
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

  /** The one GGUF file meant. */
  static String gguf(ModelReference.Named reference, List<String> files) {
    List<String> all = filter(files, name -> name.endsWith(".gguf"));
    List<String> meant = reference.file().map(file -> filter(all, file::equals)).orElse(all);
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
                  + String.join(", ", all.subList(0, Math.min(MOST_SHOWN, all.size())))
                  + (all.size() > MOST_SHOWN ? ", ... (" + all.size() + " in all)" : "")
                  + ".");
    }
    if (SPLIT_GGUF.matcher(meant.getFirst()).matches()) {
      throw LoupeException.badInput(
          meant.getFirst() + " is one part of a GGUF file split in several",
          "Choose a file that is whole, or join the parts with llama-gguf-split.");
    }
    return meant.getFirst();
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
    return filter(files, name -> name.endsWith(".safetensors") && !name.contains("/"));
  }

  private static LoupeException nothingToOpen(ModelReference.Named reference, List<String> files) {
    boolean pickled = files.stream().anyMatch(name -> PICKLED.matcher(name).matches());
    return LoupeException.badInput(
        reference.repository()
            + (pickled
                ? " has only pickled weights, which can run code when opened"
                : " has no weights that Loupe opens"),
        "Choose a model with .safetensors or .gguf files"
            + (pickled ? "; many models have a converted copy at the revision refs/pr/1." : "."));
  }

  private static List<String> filter(List<String> files, Predicate<String> wanted) {
    return files.stream().filter(wanted).sorted().toList();
  }
}
