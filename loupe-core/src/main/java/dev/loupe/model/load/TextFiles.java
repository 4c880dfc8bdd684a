package dev.loupe.model.load;

import dev.loupe.model.family.Families;
import dev.loupe.model.family.Settings;
import dev.loupe.model.format.Gguf;
import dev.loupe.tokenizer.BoundaryTokens;
import dev.loupe.tokenizer.ChatTemplate;
import dev.loupe.tokenizer.GgufTokenizer;
import dev.loupe.tokenizer.Tokenizer;
import dev.loupe.tokenizer.TokenizerFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/** Reads what a model's files say about text: tokenizer, chat template, end tokens. */
final class TextFiles {
  private TextFiles() {}

  static LanguageModel.TextSide read(Path location) {
    if (Files.isDirectory(location)) {
      return folder(location);
    }
    try (Gguf file = Gguf.open(location)) {
      return gguf(file);
    }
  }

  private static LanguageModel.TextSide folder(Path folder) {
    TokenizerFiles files = TokenizerFiles.in(folder);
    Tokenizer tokenizer = files.tokenizer();
    Settings config = Settings.read(folder.resolve("config.json"));
    BoundaryTokens boundaries =
        files
            .boundaries(tokenizer)
            .or(new BoundaryTokens(first(config, "bos_token_id"), first(config, "eos_token_id")));
    return new LanguageModel.TextSide(
        tokenizer,
        files.chatTemplate(),
        endTokens(folder, boundaries),
        boundaries,
        GenerationKeys.notFollowed(folder));
  }

  private static OptionalInt first(Settings config, String key) {
    return config.tokens(key).stream().mapToInt(Integer::intValue).min();
  }

  /**
   * What the configurations name, and what the tokenizer calls the end: a chat template may close a
   * turn with the latter where a configuration names another, as the Almanac's models do.
   */
  private static Set<Integer> endTokens(Path folder, BoundaryTokens boundaries) {
    Set<Integer> ends = new HashSet<>(endTokensOfFolder(folder));
    boundaries.end().ifPresent(ends::add);
    return ends;
  }

  private static Set<Integer> endTokensOfFolder(Path folder) {
    Path generation = folder.resolve("generation_config.json");
    if (Files.exists(generation)) {
      Settings settings = Settings.read(generation);
      if (settings.has("eos_token_id")) {
        return settings.tokens("eos_token_id");
      }
    }
    Settings settings = Settings.read(folder.resolve("config.json"));
    return settings.has("eos_token_id")
        ? settings.tokens("eos_token_id")
        : Families.textPart(settings).tokens("eos_token_id");
  }

  private static LanguageModel.TextSide gguf(Gguf file) {
    GgufTokenizerKeys.requireKnown(file);
    List<String> tokens = file.strings("tokenizer.ggml.tokens");
    Tokenizer tokenizer =
        Tokenizer.parse(GgufTokenizer.toJson(vocabulary(file, tokens)), file.path().toString());
    Set<Integer> ends = new HashSet<>();
    Map<String, String> special = new HashMap<>();
    for (String kind : List.of("bos", "eos", "eot", "eom")) {
      OptionalInt id = token(file, "tokenizer.ggml." + kind + "_token_id");
      if (id.isPresent()) {
        if (!kind.equals("bos")) {
          ends.add(id.getAsInt());
        }
        special.put(kind + "_token", tokens.get(id.getAsInt()));
      }
    }
    Optional<ChatTemplate> template =
        file.findText("tokenizer.chat_template")
            .map(text -> ChatTemplate.of(file.path() + " tokenizer.chat_template", text, special));
    BoundaryTokens boundaries =
        new BoundaryTokens(
            token(file, "tokenizer.ggml.bos_token_id"), token(file, "tokenizer.ggml.eos_token_id"));
    return new LanguageModel.TextSide(tokenizer, template, ends, boundaries, List.of());
  }

  private static GgufTokenizer.Vocabulary vocabulary(Gguf file, List<String> tokens) {
    return new GgufTokenizer.Vocabulary(
        file.text("tokenizer.ggml.model"),
        file.findText("tokenizer.ggml.pre"),
        tokens,
        file.has("tokenizer.ggml.token_type")
            ? file.integers("tokenizer.ggml.token_type").stream().map(Math::toIntExact).toList()
            : List.of(),
        file.has("tokenizer.ggml.merges") ? file.strings("tokenizer.ggml.merges") : List.of(),
        file.has("tokenizer.ggml.scores")
            ? file.numbers("tokenizer.ggml.scores").stream().map(Double::floatValue).toList()
            : List.of(),
        token(file, "tokenizer.ggml.bos_token_id"),
        token(file, "tokenizer.ggml.eos_token_id"),
        token(file, "tokenizer.ggml.unknown_token_id"),
        flag(file, "tokenizer.ggml.add_bos_token"),
        flag(file, "tokenizer.ggml.add_eos_token"),
        flag(file, "tokenizer.ggml.add_space_prefix"));
  }

  private static OptionalInt token(Gguf file, String key) {
    long count = file.integer(key, -1);
    return count < 0 || count > Integer.MAX_VALUE
        ? OptionalInt.empty()
        : OptionalInt.of((int) count);
  }

  private static Optional<Boolean> flag(Gguf file, String key) {
    return file.has(key) ? Optional.of(file.flag(key)) : Optional.empty();
  }
}
