package dev.loupe.model.load;

import dev.loupe.model.family.Settings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/**
 * What a model's {@code generation_config.json} asks of generation and Loupe does not do. The file
 * changes no logits, so nothing is refused; but whoever compares the text with that of transformers
 * must know of it.
 */
final class GenerationKeys {
  /** Read elsewhere, given by options here, or without effect on which tokens come. */
  private static final Set<String> KNOWN =
      Set.of(
          "_from_model_config",
          "bos_token_id",
          "cache_implementation",
          "chat_format",
          "do_sample",
          "early_stopping",
          "eos_token_id",
          "length_penalty",
          "max_length",
          "max_new_tokens",
          "min_p",
          "num_return_sequences",
          "output_attentions",
          "output_hidden_states",
          "output_logits",
          "output_scores",
          "pad_token_id",
          "return_dict_in_generate",
          "temperature",
          "top_k",
          "top_p",
          "transformers_version",
          "use_cache");

  /** Values that leave the tokens as they are. */
  private static final Map<String, Double> NEUTRAL =
      Map.ofEntries(
          Map.entry("diversity_penalty", 0.0),
          Map.entry("encoder_no_repeat_ngram_size", 0.0),
          Map.entry("encoder_repetition_penalty", 1.0),
          Map.entry("epsilon_cutoff", 0.0),
          Map.entry("eta_cutoff", 0.0),
          Map.entry("guidance_scale", 1.0),
          Map.entry("min_length", 0.0),
          Map.entry("min_new_tokens", 0.0),
          Map.entry("no_repeat_ngram_size", 0.0),
          Map.entry("num_beam_groups", 1.0),
          Map.entry("num_beams", 1.0),
          Map.entry("repetition_penalty", 1.0),
          Map.entry("top_h", 1.0),
          Map.entry("typical_p", 1.0));

  private static final int LONGEST_VALUE = 60;

  private GenerationKeys() {}

  /** A sentence for each key of the folder's file that generation does not follow. */
  static List<String> notFollowed(Path folder) {
    Path file = folder.resolve("generation_config.json");
    return Files.exists(file)
        ? Settings.read(file).given().stream()
            .filter(entry -> !KNOWN.contains(entry.getKey()))
            .filter(entry -> changes(entry.getKey(), entry.getValue()))
            .map(entry ->
                "generation_config.json sets '%s' to %s, which generation does not apply"
                    .formatted(entry.getKey(), shown(entry.getValue())))
            .toList()
        : List.of();
  }

  private static boolean changes(String key, JsonNode value) {
    if (value.isNumber()) {
      Double neutral = NEUTRAL.get(key);
      return neutral == null || value.doubleValue() != neutral;
    }
    return !value.isNull()
        && !(value.isBoolean() && !value.booleanValue())
        && !(value.isContainer() && value.isEmpty());
  }

  private static String shown(JsonNode value) {
    String text = value.toString();
    return text.length() <= LONGEST_VALUE ? text : text.substring(0, LONGEST_VALUE) + "…";
  }
}
