package dev.loupe.model.load;

import dev.loupe.fault.LoupeException;
import dev.loupe.model.format.Gguf;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The tokenizer keys of a GGUF file: every key is read, known to be without effect on the tokens of
 * a text as llama.cpp makes them, or refused by name.
 */
final class GgufTokenizerKeys {
  private static final Set<String> READ =
      Set.of(
          "ggml.model",
          "ggml.pre",
          "ggml.tokens",
          "ggml.token_type",
          "ggml.merges",
          "ggml.scores",
          "ggml.add_bos_token",
          "ggml.add_eos_token");

  /** Numbers of tokens by use, templates of conversations, and the file it was made from. */
  private static final Pattern WITHOUT_EFFECT =
      Pattern.compile(
          "ggml\\.[a-z_]+_token_id|ggml\\.token_type_count|ggml\\.eog_token_ids"
              + "|chat_templates?|chat_template\\.[^.]+|huggingface\\.json");

  /** Flags of which only one value is followed; see {@link #requireKnown} for the prefix. */
  private static final Map<String, Boolean> ONLY =
      Map.of(
          "ggml.add_sep_token", false,
          "ggml.remove_extra_whitespaces", false,
          "ggml.escape_whitespaces", true,
          "ggml.ignore_merges", false);

  private GgufTokenizerKeys() {}

  /**
   * @throws LoupeException naming the first key that could change the tokens and is not followed
   */
  static void requireKnown(Gguf file) {
    String model = file.findText("tokenizer.ggml.model").orElse("");
    for (String key : file.keys()) {
      if (!key.startsWith("tokenizer.")) {
        continue;
      }
      String name = key.substring("tokenizer.".length());
      if (READ.contains(name) || WITHOUT_EFFECT.matcher(name).matches()) {
        continue;
      }
      Boolean only = ONLY.get(name);
      if (only != null && file.flag(key) == only) {
        continue;
      }
      // The kind with scores begins a text with a blank; the byte-level kind has no such step.
      if (name.equals("ggml.add_space_prefix") && (model.equals("llama") || !file.flag(key))) {
        continue;
      }
      throw LoupeException.badInput(
          file.path()
              + ": Loupe cannot follow "
              + key
              + " as this file has it, which could change"
              + " the tokens",
          "Choose another file of the model, or its safetensors folder.");
    }
  }
}
