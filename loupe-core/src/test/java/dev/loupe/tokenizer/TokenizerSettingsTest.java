package dev.loupe.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.fault.LoupeException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Whatever key the files of a tokenizer have, Loupe's tokens are those of transformers 5 or the key
 * is refused by name. The fixture holds two tiny tokenizers (byte-level, and pieces with a mark for
 * blanks), and for each key what transformers 5.24 makes of one text; no {@code ids} where it
 * fails.
 */
class TokenizerSettingsTest {
  private static final JsonNode FIXTURE = fixture();

  /** Transformers follows these; Loupe refuses, by the last word of the key. */
  private static final List<String> REFUSED =
      List.of("split_special_tokens", "dropout", "extra", "locale", "Upper", "Cut", "Add", "Un");

  @TempDir Path folder;

  private static JsonNode fixture() {
    try (InputStream in =
        TokenizerSettingsTest.class.getResourceAsStream("tokenizer-settings.json")) {
      return JsonMapper.shared().readTree(in);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  static Stream<JsonNode> cases() {
    JsonNode cases = FIXTURE.get("cases");
    return IntStream.range(0, cases.size()).mapToObj(cases::get);
  }

  private Tokenizer open(JsonNode given) throws IOException {
    ObjectNode document =
        (ObjectNode) FIXTURE.get("tokenizers").get(given.get("base").asString()).deepCopy();
    if (given.has("path")) {
      String path = "/" + given.get("path").asString();
      int slash = path.lastIndexOf('/');
      ((ObjectNode) document.at(path.substring(0, slash)))
          .set(path.substring(slash + 1), given.get("value"));
    }
    Files.writeString(folder.resolve("tokenizer.json"), document.toString());
    Files.writeString(folder.resolve("tokenizer_config.json"), given.get("config").toString());
    if (given.has("map")) {
      Files.writeString(folder.resolve("special_tokens_map.json"), given.get("map").toString());
    }
    return TokenizerFiles.in(folder).tokenizer();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void everyKeyGivesTheTokensOfTransformersOrIsRefused(JsonNode given) throws IOException {
    List<String> named =
        REFUSED.stream()
            .filter(word ->
                given.toString().contains("\"" + word + "\"")
                    || given.path("path").asString("").endsWith(word))
            .toList();
    if (!named.isEmpty()) {
      LoupeException refused = assertThrows(LoupeException.class, () -> open(given).close());
      assertTrue(
          String.valueOf(refused.getMessage()).contains(named.getFirst()), refused.getMessage());
      return;
    }
    try (Tokenizer tokenizer = open(given)) {
      int[] expected = new int[given.get("ids").size()];
      for (int i = 0; i < expected.length; i++) {
        expected[i] = given.get("ids").get(i).intValue();
      }
      assertArrayEquals(expected, tokenizer.ids(FIXTURE.get("text").asString(), true));
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void aKeyThatNobodyKnowsIsRefusedWhereItsNameTells(JsonNode given) throws IOException {
    ObjectNode asked = (ObjectNode) given.deepCopy();
    ((ObjectNode) asked.get("config")).put("pre_split_regex", "x");
    asked.remove(List.of("path", "value"));
    LoupeException refused = assertThrows(LoupeException.class, () -> open(asked).close());
    assertTrue(
        String.valueOf(refused.getMessage()).contains("pre_split_regex"), refused.getMessage());
  }

  @Test
  void tokensThatTheConfigurationAddsAreKnownByNumberAndName() throws IOException {
    ObjectNode given = (ObjectNode) FIXTURE.get("cases").get(0).deepCopy();
    ((ObjectNode) given.get("config")).put("pad_token", "[PAD]");
    try (Tokenizer tokenizer = open(given)) {
      int pad = tokenizer.id("[PAD]").orElseThrow();
      assertEquals(tokenizer.vocabularySize() - 1, pad);
      assertTrue(tokenizer.isControl(pad));
      assertTrue(tokenizer.encodeAsText("a[PAD]").ids().length > 2, "a control token as text");
    }
  }
}
