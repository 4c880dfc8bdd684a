package dev.loupe.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.fault.LoupeException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class GgufTokenizerTest {
  private static GgufTokenizer.Vocabulary vocabulary(
      String model, String pre, List<String> tokens, List<Integer> types, List<String> merges) {
    return new GgufTokenizer.Vocabulary(
        model,
        Optional.of(pre),
        tokens,
        types,
        merges,
        List.of(),
        OptionalInt.of(0),
        OptionalInt.empty(),
        OptionalInt.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  /** The words of a tokenizer.json as a GGUF file stores them. */
  private static GgufTokenizer.Vocabulary asGguf(JsonNode document, String pre) {
    JsonNode model = document.path("model");
    String[] tokens = new String[model.path("vocab").size()];
    model
        .path("vocab")
        .properties()
        .forEach(word -> tokens[word.getValue().asInt()] = word.getKey());
    List<Integer> types = new ArrayList<>();
    for (int id = 0; id < tokens.length; id++) {
      types.add(1);
    }
    document.path("added_tokens").forEach(token -> types.set(token.path("id").asInt(), 3));
    List<String> merges = new ArrayList<>();
    for (JsonNode merge : model.path("merges")) {
      merges.add(
          merge.isArray()
              ? merge.path(0).asString() + " " + merge.path(1).asString()
              : merge.asString());
    }
    return new GgufTokenizer.Vocabulary(
        "gpt2",
        Optional.of(pre),
        List.of(tokens),
        types,
        merges,
        List.of(),
        OptionalInt.of(1),
        OptionalInt.of(2),
        OptionalInt.of(0),
        Optional.of(false),
        Optional.empty(),
        Optional.of(false));
  }

  @Test
  @Tag("oracle")
  void smollmVocabularyGivesTheIdsOfTheReference() throws IOException {
    JsonNode document = Oracles.json(Oracles.file("smollm2/tokenizer.json"));
    String json = GgufTokenizer.toJson(asGguf(document, "smollm"));
    try (Tokenizer tokenizer = Tokenizer.parse(json, "smollm2.gguf")) {
      TokenizerOracleTest.StringsCheck.check(
          tokenizer, Oracles.json(Oracles.file("smollm2/strings.json")).path("strings"));
    }
  }

  @Test
  @Tag("oracle")
  void llamaPairsFromScoresGiveTheIdsOfTheReference() throws IOException {
    JsonNode document = Oracles.json(Oracles.file("models/tokenizers/bpe-llama/tokenizer.json"));
    JsonNode cases =
        Oracles.json(Oracles.file("models/tokenizers/bpe-llama/cases.json")).path("cases");
    GgufTokenizer.Vocabulary words = asGguf(document, "default");
    // The fixture has merges by rank; a score for each token that makes the same order.
    List<Float> scores = new ArrayList<>();
    words.tokens().forEach(token -> scores.add(-1e6f));
    JsonNode merges = document.path("model").path("merges");
    for (int rank = merges.size() - 1; rank >= 0; rank--) {
      JsonNode merge = merges.path(rank);
      String token = merge.path(0).asString() + merge.path(1).asString();
      scores.set(words.tokens().indexOf(token), (float) -rank);
    }
    List<Integer> types = new ArrayList<>(words.tokenTypes());
    types.set(0, 2);
    GgufTokenizer.Vocabulary llama =
        new GgufTokenizer.Vocabulary(
            "llama",
            Optional.empty(),
            words.tokens(),
            types,
            List.of(),
            scores,
            OptionalInt.of(1),
            OptionalInt.of(2),
            OptionalInt.of(0),
            Optional.empty(),
            Optional.empty(),
            Optional.empty());
    try (Tokenizer tokenizer = Tokenizer.parse(GgufTokenizer.toJson(llama), "llama.gguf")) {
      for (JsonNode example : cases) {
        String text = example.path("text").asString();
        assertArrayEquals(
            Oracles.ints(example.path("with_special").path("ids")),
            tokenizer.ids(text, true),
            text);
        assertArrayEquals(
            Oracles.ints(example.path("plain").path("ids")), tokenizer.ids(text, false), text);
        assertEquals(
            example.path("decoded").asString(),
            tokenizer.decode(tokenizer.ids(text, false), false));
      }
    }
  }

  @Test
  void unknownSplitNamesTheKeyTheValueAndWhatWorks() {
    LoupeException error =
        assertThrows(
            LoupeException.class,
            () ->
                GgufTokenizer.toJson(
                    vocabulary("gpt2", "dreamt-up", List.of("a"), List.of(), List.of())));
    assertTrue(error.toString().contains("tokenizer.ggml.pre is \"dreamt-up\""));
    assertTrue(error.toString().contains("llama-bpe") && error.toString().contains("smollm"));
  }

  @Test
  void unknownKindNamesTheKeyTheValueAndWhatWorks() {
    LoupeException error =
        assertThrows(
            LoupeException.class,
            () ->
                GgufTokenizer.toJson(vocabulary("bert", "x", List.of("a"), List.of(), List.of())));
    assertTrue(error.toString().contains("tokenizer.ggml.model is \"bert\""));
  }

  @Test
  void listsThatDoNotFitAreRejected() {
    assertThrows(
        LoupeException.class,
        () -> vocabulary("gpt2", "gpt-2", List.of("a", "b"), List.of(1), List.of()));
    assertThrows(
        LoupeException.class, () -> vocabulary("gpt2", "gpt-2", List.of(), List.of(), List.of()));
    for (GgufTokenizer.Vocabulary bad :
        List.of(
            vocabulary("gpt2", "gpt-2", List.of("a", "a"), List.of(), List.of()),
            vocabulary("gpt2", "gpt-2", List.of("a", "b"), List.of(), List.of("a b")),
            vocabulary("gpt2", "gpt-2", List.of("a", "b"), List.of(), List.of("ab")),
            vocabulary("llama", "default", List.of("a", "b"), List.of(), List.of()))) {
      assertThrows(LoupeException.class, () -> GgufTokenizer.toJson(bad));
    }
  }

  @Test
  void everySplitIsAnExpressionThatTheLibraryAccepts() {
    for (GgufSplit split : GgufSplit.KNOWN) {
      for (String name : split.names()) {
        String json =
            GgufTokenizer.toJson(
                vocabulary("gpt2", name, List.of("<s>", "a", "1"), List.of(3, 1, 1), List.of()));
        try (Tokenizer tokenizer = Tokenizer.parse(json, name)) {
          assertArrayEquals(new int[] {1, 2}, tokenizer.ids("a1", false), name);
          assertEquals(split.addsBegin() ? 3 : 2, tokenizer.ids("a1", true).length, name);
        }
      }
    }
  }
}
