package dev.loupe.tokenizer;

import dev.loupe.fault.LoupeException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What {@code tokenizer_config.json} and {@code special_tokens_map.json} say besides {@code
 * tokenizer.json}, with the meaning that transformers 5 gives it: they can name tokens that are
 * found in a text before anything else, or ask for another reading of the text, which is refused.
 * The rest of what they say has no effect beside a {@code tokenizer.json}, {@code add_bos_token}
 * and {@code add_prefix_space} included.
 */
final class TokenizerConfig {
  private static final List<String> LISTS =
      List.of("extra_special_tokens", "additional_special_tokens");

  /** Beside a {@code tokenizer.json}, transformers 5 gives the same tokens whatever they say. */
  static final Set<String> WITHOUT_EFFECT =
      Set.of(
          """
          add_bos_token add_dummy_prefix_space add_eos_token add_prefix_space auto_map backend bos_token_id
          chat_template clean_up_tokenization_spaces device_map do_lower_case eos_token_id errors from_slow
          is_local keep_accents legacy mask_token_id max_length model_input_names model_max_length
          name_or_path never_split pad_to_multiple_of pad_token_id pad_token_type_id padding_side
          processor_class remove_space response_schema return_token_type_ids sp_model_kwargs
          spaces_between_special_tokens special_tokens_map_file stride strip_accents strip_lower_case
          tokenize_chinese_chars tokenizer_class tokenizer_file transformers_version trim_offsets
          truncation truncation_side truncation_strategy unk_token_id use_default_system_prompt use_fast
          vocab_file vocab_size merges_file padding add_generation_prompt
          """
              .trim()
              .split("\\s+"));

  /** Names that tell of another reading of the text. */
  private static final Pattern TELLING =
      Pattern.compile(
          "prefix|split|normali|lower|strip|accent|space|regex|^add_|dropout|merge|byte");

  /** The published tokenizers with the wrong expression are all larger. */
  private static final int SMALLEST_OF_THE_REGEX = 100_000;

  private record Wanted(Vocabulary.Matching matching, boolean special) {}

  private TokenizerConfig() {}

  /**
   * Refuses what would change the tokens and is not followed.
   *
   * @throws LoupeException naming the key
   */
  static void requireFollowed(String origin, JsonNode config, int vocabulary) {
    for (Map.Entry<String, JsonNode> each : new TreeMap<>(asMap(config)).entrySet()) {
      String key = each.getKey();
      JsonNode value = each.getValue();
      boolean says =
          !value.isNull()
              && !(value.isBoolean() && !value.booleanValue())
              && !(value.isContainer() && value.isEmpty());
      boolean isRead =
          isNamed(key, value) || LISTS.contains(key) || key.equals("added_tokens_decoder");
      if (!says || isRead || WITHOUT_EFFECT.contains(key)) {
        continue;
      }
      if (key.equals("fix_mistral_regex") && vocabulary <= SMALLEST_OF_THE_REGEX) {
        continue;
      }
      if (TELLING.matcher(key).find()) {
        throw LoupeException.badInput(
            origin
                + ": "
                + key
                + " is "
                + value
                + ", which Loupe does not follow and which could"
                + " change the tokens",
            "If the model's tokenizer does not use it, remove it from the file; else choose another"
                + " model.");
      }
    }
  }

  private static Map<String, JsonNode> asMap(JsonNode node) {
    Map<String, JsonNode> map = new LinkedHashMap<>();
    node.properties().forEach(each -> map.put(each.getKey(), each.getValue()));
    return map;
  }

  /**
   * The {@code tokenizer.json} with the tokens that the configuration names beyond it.
   *
   * @param map {@code special_tokens_map.json}; counts only without {@code added_tokens_decoder}
   * @return the same text where there is nothing to add
   */
  static String withTokens(String json, Vocabulary vocabulary, JsonNode config, JsonNode map) {
    Map<String, Wanted> wanted = new LinkedHashMap<>();
    if (config.has("added_tokens_decoder")) {
      Map<Integer, JsonNode> byId = new TreeMap<>();
      config
          .path("added_tokens_decoder")
          .properties()
          .forEach(each -> byId.put(Integer.parseInt(each.getKey()), each.getValue()));
      byId.values().forEach(token -> put(wanted, token, false));
    } else {
      putNamed(wanted, map);
    }
    putNamed(wanted, config);
    Map<String, Vocabulary.AddedToken> present = new LinkedHashMap<>();
    vocabulary.added().forEach(token -> present.put(token.content(), token));
    wanted
        .entrySet()
        .removeIf(each -> {
          Vocabulary.AddedToken same = present.get(each.getKey());
          return same != null && same.matching().equals(each.getValue().matching());
        });
    return wanted.isEmpty() ? json : rewritten(json, vocabulary, wanted);
  }

  private static void putNamed(Map<String, Wanted> wanted, JsonNode config) {
    for (Map.Entry<String, JsonNode> each : config.properties()) {
      if (isNamed(each.getKey(), each.getValue())) {
        put(wanted, each.getValue(), true);
      }
    }
    for (String key : LISTS) {
      for (JsonNode token : config.path(key)) {
        put(wanted, token, true);
      }
    }
  }

  /** A token by the name of its use: {@code bos_token}, {@code image_token} and others. */
  private static boolean isNamed(String key, JsonNode value) {
    return key.endsWith("_token") && (value.isString() || value.isObject());
  }

  private static void put(Map<String, Wanted> wanted, JsonNode token, boolean special) {
    String content = token.isString() ? token.asString() : token.path("content").asString("");
    if (!content.isEmpty()) {
      wanted.putIfAbsent(
          content,
          new Wanted(
              Vocabulary.Matching.of(token), special || token.path("special").asBoolean(false)));
    }
  }

  private static String rewritten(String json, Vocabulary vocabulary, Map<String, Wanted> wanted) {
    JsonMapper mapper = new JsonMapper();
    ObjectNode document = (ObjectNode) mapper.readTree(json);
    List<JsonNode> entries = new ArrayList<>();
    document.path("added_tokens").forEach(entries::add);
    int next = vocabulary.tokens().keySet().stream().mapToInt(id -> id).max().orElse(-1) + 1;
    for (Map.Entry<String, Wanted> each : wanted.entrySet()) {
      String content = each.getKey();
      Integer known = vocabulary.ids().get(content);
      int id = known == null ? next++ : known;
      entries.removeIf(entry -> entry.path("content").asString("").equals(content));
      Vocabulary.Matching matching = each.getValue().matching();
      entries.add(
          mapper
              .createObjectNode()
              .put("id", id)
              .put("content", content)
              .put("single_word", matching.singleWord())
              .put("lstrip", matching.lstrip())
              .put("rstrip", matching.rstrip())
              .put("normalized", matching.normalized())
              .put("special", each.getValue().special()));
    }
    // The library numbers tokens beyond the model's own in their order here.
    entries.sort((a, b) -> Integer.compare(a.path("id").asInt(), b.path("id").asInt()));
    ArrayNode added = mapper.createArrayNode();
    entries.forEach(added::add);
    document.set("added_tokens", added);
    return mapper.writeValueAsString(document);
  }
}
