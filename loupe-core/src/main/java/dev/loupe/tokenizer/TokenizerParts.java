package dev.loupe.tokenizer;

import dev.loupe.fault.LoupeException;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/**
 * The parts that a {@code tokenizer.json} may be made of. The library skips keys that it does not
 * know, and names no part whose type it does not know; a key that a newer one understands would
 * change the tokens there and not here, so both are refused by name.
 */
final class TokenizerParts {
  private static final Set<String> DOCUMENT =
      Set.of(
          "version",
          "truncation",
          "padding",
          "added_tokens",
          "normalizer",
          "pre_tokenizer",
          "post_processor",
          "decoder",
          "model");

  private static final Set<String> MODEL =
      Set.of(
          "type",
          "vocab",
          "merges",
          "dropout",
          "unk_token",
          "unk_id",
          "continuing_subword_prefix",
          "end_of_word_suffix",
          "fuse_unk",
          "byte_fallback",
          "ignore_merges",
          "max_input_chars_per_word");

  private static final Set<String> BYTE_LEVEL = keys("add_prefix_space trim_offsets use_regex");

  /** Keys by type; where two kinds of part share a type, those of both. */
  private static final Map<String, Set<String>> PARTS =
      Map.ofEntries(
          Map.entry("Sequence", keys("normalizers pretokenizers processors decoders")),
          Map.entry(
              "BertNormalizer", keys("clean_text handle_chinese_chars strip_accents lowercase")),
          Map.entry("Strip", keys("strip_left strip_right content start stop")),
          Map.entry("StripAccents", Set.of()),
          Map.entry("NFC", Set.of()),
          Map.entry("NFD", Set.of()),
          Map.entry("NFKC", Set.of()),
          Map.entry("NFKD", Set.of()),
          Map.entry("Lowercase", Set.of()),
          Map.entry("Nmt", Set.of()),
          Map.entry("Precompiled", keys("precompiled_charsmap")),
          Map.entry("Replace", keys("pattern content")),
          Map.entry("Prepend", keys("prepend")),
          Map.entry("ByteLevel", BYTE_LEVEL),
          Map.entry("BertPreTokenizer", Set.of()),
          Map.entry("CharDelimiterSplit", keys("delimiter")),
          Map.entry("Metaspace", keys("replacement add_prefix_space prepend_scheme split str_rep")),
          Map.entry("Whitespace", Set.of()),
          Map.entry("WhitespaceSplit", Set.of()),
          Map.entry("Split", keys("pattern behavior invert")),
          Map.entry("Punctuation", keys("behavior")),
          Map.entry("Digits", keys("individual_digits")),
          Map.entry("UnicodeScripts", Set.of()),
          Map.entry("FixedLength", keys("length")),
          Map.entry("RobertaProcessing", keys("sep cls trim_offsets add_prefix_space")),
          Map.entry("BertProcessing", keys("sep cls")),
          Map.entry("TemplateProcessing", keys("single pair special_tokens")),
          Map.entry("BPEDecoder", keys("suffix")),
          Map.entry("WordPiece", keys("prefix cleanup")),
          Map.entry("CTC", keys("pad_token word_delimiter_token cleanup")),
          Map.entry("Fuse", Set.of()),
          Map.entry("ByteFallback", Set.of()));

  private TokenizerParts() {}

  private static Set<String> keys(String names) {
    return Set.of(names.split(" "));
  }

  static void requireKnown(String name, String key) {
    if (!DOCUMENT.contains(key)) {
      throw unknown(name, key);
    }
  }

  static void requireKnownOfModel(String name, String key) {
    if (!MODEL.contains(key)) {
      throw unknown(name, "model." + key);
    }
  }

  /** Merges left out at random are for training: no two runs would have the same tokens. */
  static void requireNoDropout(String name, double dropout) {
    if (dropout != 0) {
      throw LoupeException.badInput(
          name + ": model.dropout is " + dropout + ", which makes tokens random",
          "Set it to null, as for every use but training.");
    }
  }

  /** One of the parts, with those in it. */
  static void requireKnownPart(String name, String path, JsonNode part) {
    if (!part.isObject()) {
      return;
    }
    String type = part.path("type").asString("");
    Set<String> known = PARTS.get(type);
    if (known == null) {
      throw LoupeException.badInput(
          name + ": " + path + ".type is \"" + type + "\", which Loupe does not know",
          "Choose another model: its tokens would be wrong without this part.");
    }
    for (Map.Entry<String, JsonNode> each : part.properties()) {
      String key = each.getKey();
      if (!key.equals("type") && !known.contains(key)) {
        throw unknown(name, path + "." + key);
      }
      if (type.equals("Sequence")) {
        for (JsonNode inner : each.getValue()) {
          requireKnownPart(name, path, inner);
        }
      }
    }
  }

  private static LoupeException unknown(String name, String key) {
    return LoupeException.badInput(
        name + ": " + key + " is a key that Loupe does not know and that could change the tokens",
        "If the tokenizers library does not use it, remove it from the file; else choose another"
            + " model.");
  }
}
