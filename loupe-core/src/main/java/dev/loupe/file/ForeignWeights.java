package dev.loupe.file;

import dev.loupe.fault.LoupeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Weights in place of {@code model.safetensors}, in a form that Loupe does not open: what they are,
 * and how to make safetensors of them.
 *
 * @param what a statement on the folder or model that holds them, for example {@code has only ...}
 * @param remedy what to do, one sentence
 */
public record ForeignWeights(String what, String remedy) {
  private static final int MOST_NAMED = 3;

  /** What training leaves beside a model is pickled too, and no weights. */
  private static final Pattern OF_TRAINING =
      Pattern.compile("(?:training_args|optimizer|scheduler|scaler|rng_state|random_states).*");

  private static final String CONVERTED =
      "Convert them where you trust them, in Python: AutoModelForCausalLM.from_pretrained(\"%s\"%s)"
          + ".save_pretrained(\"NEW_FOLDER\", safe_serialization=True), and the same for"
          + " AutoTokenizer; many models on the hub have a converted copy at the revision refs/pr/1.";

  /** The forms, the more telling before the more general. */
  private static final List<Form> FORMS =
      List.of(
          new Form(
              Pattern.compile(".*\\.(?:bin|pt|pth|ckpt|pkl)"),
              "has only pickled weights (%s), which can run code when opened",
              folder -> CONVERTED.formatted(folder, "")),
          new Form(
              Pattern.compile(".*\\.h5"),
              "has only weights of TensorFlow (%s)",
              folder -> CONVERTED.formatted(folder, ", from_tf=True")),
          new Form(
              Pattern.compile(".*\\.msgpack"),
              "has only weights of Flax (%s)",
              folder -> CONVERTED.formatted(folder, ", from_flax=True")),
          new Form(
              Pattern.compile("adapter_model\\.safetensors"),
              "has only an adapter (%s), which changes another model's weights",
              _ ->
                  "Merge it into its base model with peft's merge_and_unload() and save the result"
                      + " with save_pretrained."),
          new Form(
              Pattern.compile("consolidated.*\\.safetensors"),
              "has only %s, in the layout and with the names of its maker's own tools",
              _ ->
                  "Choose the same model in the layout of transformers, with model.safetensors and"
                      + " config.json."),
          new Form(
              Pattern.compile(".*-\\d{5}-of-\\d{5}\\.safetensors"),
              "has shards (%s) but no model.safetensors.index.json, which says what they hold",
              _ -> "Fetch the index too; it lies beside the shards."),
          new Form(
              Pattern.compile(".*\\.safetensors"),
              "has %s but neither model.safetensors nor model.safetensors.index.json",
              _ -> "Rename the file to model.safetensors if it holds the whole model."),
          new Form(
              Pattern.compile(".*\\.(?:onnx|tflite|mlmodel|ot|nemo|llamafile)"),
              "has only weights of another runtime (%s)",
              _ -> "Choose a model with .safetensors or .gguf files."));

  private record Form(Pattern name, String what, Function<String, String> remedy) {}

  /**
   * What a list of files holds instead of safetensors, if anything.
   *
   * @param owner the folder or model, as written in Python
   */
  public static Optional<ForeignWeights> among(List<String> files, String owner) {
    for (Form form : FORMS) {
      List<String> found =
          files.stream()
              .filter(file -> form.name.matcher(file).matches())
              .filter(file -> !OF_TRAINING.matcher(file).matches())
              .sorted()
              .toList();
      if (!found.isEmpty()) {
        String named =
            String.join(", ", found.subList(0, Math.min(MOST_NAMED, found.size())))
                + (found.size() > MOST_NAMED ? ", ..." : "");
        return Optional.of(
            new ForeignWeights(form.what.formatted(named), form.remedy.apply(owner)));
      }
    }
    return Optional.empty();
  }

  /**
   * What a folder holds instead of safetensors, as a fault; empty if it holds no weights at all.
   */
  public static Optional<LoupeException> in(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      List<String> names = files.map(file -> String.valueOf(file.getFileName())).toList();
      return among(names, folder.toString())
          .map(found -> LoupeException.badInput(folder + ": " + found.what, found.remedy));
    } catch (IOException _) {
      // Whoever asks has a fault of its own to tell about this folder.
      return Optional.empty();
    }
  }
}
