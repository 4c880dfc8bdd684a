package dev.loupe.tokenizer;

import dev.loupe.fault.LoupeException;
import java.util.List;
import java.util.stream.Collectors;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * How text is split before pairs are merged, by the names that {@code tokenizer.ggml.pre} uses. The
 * names, and what each stands for, are those of llama.cpp; an expression cuts every piece that the
 * one before it left.
 *
 * @param names the values of the key that stand for this split
 * @param expressions what cuts the text, in order
 * @param wholeTokensFirst whether a piece that is a token already is taken whole
 * @param addsBegin whether a begin token is prepended when the file does not say
 */
record GgufSplit(
    List<String> names, List<String> expressions, boolean wholeTokensFirst, boolean addsBegin) {
  private static final class Expressions {
    static final String GPT2_OPEN =
        "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)";
    static final String GPT2 = GPT2_OPEN + "|\\s+";
    static final String CHINESE = "[\\x{4E00}-\\x{9FA5}\\x{0800}-\\x{4E00}\\x{AC00}-\\x{D7FF}]+";

    /** Contractions in either case, words with one sign before them, then {@code numbers}. */
    static String contractions(String numbers) {
      return "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|"
          + numbers
          + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
    }

    /**
     * Words cut where lower case turns to upper, each with {@code ending}, then {@code numbers}.
     */
    static String cased(String ending, String numbers) {
      String upper = "[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]";
      String lower = "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]";
      String sign = "[^\\r\\n\\p{L}\\p{N}]?";
      return (sign + upper + "*" + lower + "+" + ending)
          + ("|" + sign + upper + "+" + lower + "*" + ending)
          + ("|" + numbers)
          + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
    }
  }

  static final List<GgufSplit> KNOWN =
      List.of(
          split(List.of("gpt-2", "phi-2", "mpt", "olmo", "jais", "trillion"), Expressions.GPT2),
          split(
              List.of(
                  "smollm",
                  "starcoder",
                  "refact",
                  "command-r",
                  "codeshell",
                  "exaone",
                  "minerva-7b"),
              "\\p{N}",
              Expressions.GPT2),
          split(
              List.of("default"),
              "[\\p{P}\\$\\+<=>\\^~\\|]+",
              Expressions.GPT2_OPEN,
              "\\p{N}+",
              "[0-9][0-9][0-9]"),
          split(
              List.of("falcon"), "[\\p{P}\\$\\+<=>\\^~\\|`]+", Expressions.GPT2, "[0-9][0-9][0-9]"),
          llama3Like(
              List.of("llama-bpe", "llama3", "llama-v3", "falcon3", "falcon-h1"),
              Expressions.contractions("\\p{N}{1,3}")),
          split(
              List.of("dbrx", "smaug-bpe", "glm4", "chatglm-bpe"),
              Expressions.contractions("\\p{N}{1,3}")),
          split(
              List.of("qwen2", "stablelm2", "deepseek-r1-qwen", "hunyuan"),
              Expressions.contractions("\\p{N}")),
          llama3Like(List.of("tekken"), Expressions.cased("", "\\p{N}")),
          split(
              List.of("gpt-4o", "llama4"),
              Expressions.cased("(?i:'s|'t|'re|'ve|'m|'ll|'d)?", "\\p{N}{1,3}")),
          split(
              List.of("deepseek-coder"),
              "[\\r\\n]",
              "\\s?\\p{L}+",
              "\\s?\\p{P}+",
              Expressions.CHINESE,
              "\\p{N}"),
          split(
              List.of("deepseek-v3"),
              "\\p{N}{1,3}",
              "[\\x{4E00}-\\x{9FA5}\\x{3040}-\\x{309F}\\x{30A0}-\\x{30FF}]+",
              "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+"
                  + "|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\\r\\n]*"
                  + "|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"));

  private static GgufSplit split(List<String> names, String... expressions) {
    return new GgufSplit(names, List.of(expressions), false, false);
  }

  private static GgufSplit llama3Like(List<String> names, String... expressions) {
    return new GgufSplit(names, List.of(expressions), true, true);
  }

  /**
   * @throws LoupeException if no split has that name
   */
  static GgufSplit named(String name) {
    return KNOWN.stream()
        .filter(split -> split.names().contains(name))
        .findFirst()
        .orElseThrow(() ->
            LoupeException.badInput(
                "tokenizer.ggml.pre is \"%s\", which Loupe does not know; it knows %s"
                    .formatted(name, known()),
                "put the model's tokenizer.json beside the GGUF file, or choose another"
                    + " model"));
  }

  private static String known() {
    return KNOWN.stream()
        .flatMap(split -> split.names().stream())
        .sorted()
        .collect(Collectors.joining(", "));
  }

  /** The same as a step of a {@code tokenizer.json}. */
  ObjectNode preTokenizer(JsonMapper mapper) {
    ObjectNode sequence = mapper.createObjectNode().put("type", "Sequence");
    ArrayNode steps = sequence.putArray("pretokenizers");
    for (String cut : expressions) {
      steps
          .addObject()
          .put("type", "Split")
          .put("behavior", "Isolated")
          .put("invert", false)
          .putObject("pattern")
          .put("Regex", cut);
    }
    steps.add(byteLevel(mapper));
    return sequence;
  }

  /** Bytes as printable characters, which both the splitting and the decoder end with. */
  static ObjectNode byteLevel(JsonMapper mapper) {
    return mapper
        .createObjectNode()
        .put("type", "ByteLevel")
        .put("add_prefix_space", false)
        .put("trim_offsets", true)
        .put("use_regex", false);
  }
}
