package dev.loupe.tokenizer;

import dev.loupe.fault.LoupeException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The tokenizer inside a GGUF file as the {@code tokenizer.json} that {@link Tokenizer} reads: the
 * {@code gpt2} kind (byte-level pairs, split by the expressions that {@code tokenizer.ggml.pre}
 * names) and the {@code llama} kind (SentencePiece pairs with scores and single bytes).
 */
public final class GgufTokenizer {
  // Values of tokenizer.ggml.token_type.
  private static final int UNKNOWN = 2;
  private static final int CONTROL = 3;
  private static final int USER_DEFINED = 4;

  private static final String BLANK = "\u2581";

  /**
   * What the metadata of a GGUF file says about its tokenizer; a key that is absent is an empty
   * list or an empty {@link Optional}.
   *
   * @param model {@code tokenizer.ggml.model}
   * @param pre {@code tokenizer.ggml.pre}
   * @param tokens {@code tokenizer.ggml.tokens}: {@code [d_vocab]}
   * @param tokenTypes {@code tokenizer.ggml.token_type}: {@code [d_vocab]} or empty
   * @param merges {@code tokenizer.ggml.merges}: two pieces with a blank between
   * @param scores {@code tokenizer.ggml.scores}: {@code [d_vocab]} or empty
   * @param beginToken {@code tokenizer.ggml.bos_token_id}
   * @param endToken {@code tokenizer.ggml.eos_token_id}
   * @param unknownToken {@code tokenizer.ggml.unknown_token_id}
   * @param addBegin {@code tokenizer.ggml.add_bos_token}
   * @param addEnd {@code tokenizer.ggml.add_eos_token}
   * @param addSpacePrefix {@code tokenizer.ggml.add_space_prefix}
   */
  public record Vocabulary(
      String model,
      Optional<String> pre,
      List<String> tokens,
      List<Integer> tokenTypes,
      List<String> merges,
      List<Float> scores,
      OptionalInt beginToken,
      OptionalInt endToken,
      OptionalInt unknownToken,
      Optional<Boolean> addBegin,
      Optional<Boolean> addEnd,
      Optional<Boolean> addSpacePrefix) {
    /**
     * @throws LoupeException if the lists do not fit each other or a token number is out of range
     */
    public Vocabulary {
      if (tokens.isEmpty()) {
        throw malformed("tokenizer.ggml.tokens is missing or empty");
      }
      requireLength("tokenizer.ggml.token_type", tokenTypes.size(), tokens.size());
      requireLength("tokenizer.ggml.scores", scores.size(), tokens.size());
      requireToken("tokenizer.ggml.bos_token_id", beginToken, tokens.size());
      requireToken("tokenizer.ggml.eos_token_id", endToken, tokens.size());
      requireToken("tokenizer.ggml.unknown_token_id", unknownToken, tokens.size());
    }

    private static void requireLength(String key, int length, int expected) {
      if (length != 0 && length != expected) {
        throw malformed("%s has %d entries for %d tokens".formatted(key, length, expected));
      }
    }

    private static void requireToken(String key, OptionalInt id, int size) {
      if (id.isPresent() && (id.getAsInt() < 0 || id.getAsInt() >= size)) {
        throw malformed("%s is %d, outside the %d tokens".formatted(key, id.getAsInt(), size));
      }
    }

    private int type(int id) {
      return tokenTypes.isEmpty() ? 1 : tokenTypes.get(id);
    }
  }

  private final Vocabulary vocabulary;
  private final JsonMapper mapper = new JsonMapper();

  private GgufTokenizer(Vocabulary vocabulary) {
    this.vocabulary = vocabulary;
  }

  /**
   * The text of the {@code tokenizer.json} that encodes as the file's own tokenizer does.
   *
   * @throws LoupeException if the kind, the splitting or the lists are not known or do not fit
   */
  public static String toJson(Vocabulary vocabulary) {
    GgufTokenizer tokenizer = new GgufTokenizer(vocabulary);
    ObjectNode document =
        switch (vocabulary.model()) {
          case "gpt2" -> tokenizer.byteLevel();
          case "llama" -> tokenizer.sentencePiece();
          default ->
              throw LoupeException.badInput(
                  "tokenizer.ggml.model is \"%s\"; Loupe reads gpt2 and llama"
                      .formatted(vocabulary.model()),
                  "put the model's tokenizer.json beside the GGUF file, or choose another model");
        };
    return tokenizer.mapper.writeValueAsString(document);
  }

  private ObjectNode byteLevel() {
    GgufSplit split = GgufSplit.named(vocabulary.pre().orElse("default"));
    ObjectNode document = document();
    document.set("pre_tokenizer", split.preTokenizer(mapper));
    document.set("decoder", GgufSplit.byteLevel(mapper));
    addPostProcessor(document, vocabulary.addBegin().orElse(split.addsBegin()));

    ObjectNode model = mapper.createObjectNode().put("type", "BPE");
    model.put("ignore_merges", split.wholeTokensFirst());
    Map<String, Integer> ids = addVocabulary(model);
    ArrayNode merges = model.putArray("merges");
    for (String merge : vocabulary.merges()) {
      int blank = merge.indexOf(' ', 1);
      if (blank < 0 || !ids.containsKey(merge.substring(0, blank) + merge.substring(blank + 1))) {
        throw malformed(
            "tokenizer.ggml.merges holds \"%s\", which makes no token".formatted(merge));
      }
      merges.addArray().add(merge.substring(0, blank)).add(merge.substring(blank + 1));
    }
    document.set("model", model);
    return document;
  }

  private ObjectNode sentencePiece() {
    if (vocabulary.scores().isEmpty()) {
      throw malformed("tokenizer.ggml.scores is missing, which the llama kind needs");
    }
    boolean spacePrefix = vocabulary.addSpacePrefix().orElse(true);
    ObjectNode document = document();
    ObjectNode normalizer = document.putObject("normalizer").put("type", "Sequence");
    ArrayNode normalizers = normalizer.putArray("normalizers");
    if (spacePrefix) {
      normalizers.addObject().put("type", "Prepend").put("prepend", BLANK);
    }
    normalizers
        .addObject()
        .put("type", "Replace")
        .put("content", BLANK)
        .putObject("pattern")
        .put("String", " ");

    ObjectNode decoder = document.putObject("decoder").put("type", "Sequence");
    ArrayNode decoders = decoder.putArray("decoders");
    decoders
        .addObject()
        .put("type", "Replace")
        .put("content", " ")
        .putObject("pattern")
        .put("String", BLANK);
    decoders.addObject().put("type", "ByteFallback");
    decoders.addObject().put("type", "Fuse");
    if (spacePrefix) {
      decoders.addObject().put("type", "Strip").put("content", " ").put("start", 1).put("stop", 0);
    }
    addPostProcessor(document, vocabulary.addBegin().orElse(true));

    ObjectNode model = mapper.createObjectNode().put("type", "BPE");
    model.put("unk_token", vocabulary.tokens().get(vocabulary.unknownToken().orElse(0)));
    model.put("fuse_unk", true);
    model.put("byte_fallback", true);
    Map<String, Integer> ids = addVocabulary(model);
    ArrayNode merges = model.putArray("merges");
    for (ScoredMerges.Merge merge : ScoredMerges.of(ids, vocabulary.scores())) {
      merges.addArray().add(merge.left()).add(merge.right());
    }
    document.set("model", model);
    return document;
  }

  private ObjectNode document() {
    ObjectNode document = mapper.createObjectNode().put("version", "1.0");
    ArrayNode added = document.putArray("added_tokens");
    for (int id = 0; id < vocabulary.tokens().size(); id++) {
      int type = vocabulary.type(id);
      if (type == CONTROL || type == USER_DEFINED || type == UNKNOWN) {
        added
            .addObject()
            .put("id", id)
            .put("content", vocabulary.tokens().get(id))
            .put("single_word", false)
            .put("lstrip", false)
            .put("rstrip", false)
            .put("normalized", false)
            .put("special", type != USER_DEFINED);
      }
    }
    return document;
  }

  private Map<String, Integer> addVocabulary(ObjectNode model) {
    ObjectNode words = model.putObject("vocab");
    Map<String, Integer> ids = HashMap.newHashMap(vocabulary.tokens().size());
    for (int id = 0; id < vocabulary.tokens().size(); id++) {
      String token = vocabulary.tokens().get(id);
      Integer earlier = ids.putIfAbsent(token, id);
      if (earlier != null) {
        throw malformed(
            "tokenizer.ggml.tokens holds \"%s\" twice, at %d and %d".formatted(token, earlier, id));
      }
      words.put(token, id);
    }
    return ids;
  }

  private void addPostProcessor(ObjectNode document, boolean addBegin) {
    List<Integer> before = new ArrayList<>();
    List<Integer> after = new ArrayList<>();
    if (addBegin) {
      vocabulary.beginToken().ifPresent(before::add);
    }
    if (vocabulary.addEnd().orElse(false)) {
      vocabulary.endToken().ifPresent(after::add);
    }
    if (before.isEmpty() && after.isEmpty()) {
      return;
    }
    ObjectNode template = document.putObject("post_processor").put("type", "TemplateProcessing");
    ArrayNode single = template.putArray("single");
    ArrayNode pair = template.putArray("pair");
    for (String sequence : List.of("A", "B")) {
      for (ArrayNode pieces : sequence.equals("A") ? List.of(single, pair) : List.of(pair)) {
        before.forEach(id -> addPiece(pieces, "SpecialToken", vocabulary.tokens().get(id)));
        addPiece(pieces, "Sequence", sequence);
        after.forEach(id -> addPiece(pieces, "SpecialToken", vocabulary.tokens().get(id)));
      }
    }
    ObjectNode specials = template.putObject("special_tokens");
    before.addAll(after);
    for (int id : before) {
      String token = vocabulary.tokens().get(id);
      ObjectNode special = specials.putObject(token).put("id", token);
      special.putArray("ids").add(id);
      special.putArray("tokens").add(token);
    }
  }

  private static void addPiece(ArrayNode pieces, String kind, String id) {
    pieces.addObject().putObject(kind).put("id", id).put("type_id", 0);
  }

  private static LoupeException malformed(String message) {
    return LoupeException.badInput(message, "fetch the GGUF file again, or choose another model");
  }
}
