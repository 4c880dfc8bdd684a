package dev.loupe.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.databind.JsonNode;

@Tag("oracle")
class TokenizerOracleTest {
  @TestFactory
  Stream<DynamicTest> equalsEveryCaseOfTheReferenceLibrary() throws IOException {
    return Oracles.folders("models/tokenizers", "cases.json").stream()
        .map(folder ->
            DynamicTest.dynamicTest(folder.getFileName().toString(), () -> check(folder)));
  }

  private static void check(Path folder) throws IOException {
    JsonNode expected = Oracles.json(folder.resolve("cases.json"));
    try (Tokenizer tokenizer = Tokenizer.open(folder.resolve("tokenizer.json"))) {
      assertEquals(expected.path("vocab_size").asInt(), tokenizer.vocabularySize());
      for (JsonNode example : expected.path("cases")) {
        String text = example.path("text").asString();
        int[] plain = check(tokenizer.encode(text, false), example.path("plain"));
        int[] special = check(tokenizer.encode(text, true), example.path("with_special"));
        assertArrayEquals(special, tokenizer.ids(text, true));
        assertEquals(example.path("decoded").asString(), tokenizer.decode(plain, false));
        assertEquals(
            example.path("decoded_with_special").asString(), tokenizer.decode(special, false));
        assertEquals(
            example.path("decoded_skip_special").asString(), tokenizer.decode(special, true));
        assertEquals(tokenizer.decode(special, true), streamed(tokenizer, special, true), text);
        assertEquals(tokenizer.decode(special, false), streamed(tokenizer, special, false), text);
      }
    }
  }

  private static int[] check(TokenSequence actual, JsonNode expected) {
    String text = actual.text();
    assertArrayEquals(Oracles.ints(expected.path("ids")), actual.ids(), text);
    List<String> pieces = expected.path("tokens").valueStream().map(JsonNode::asString).toList();
    assertEquals(pieces, actual.tokens().stream().map(Token::piece).toList());
    for (int i = 0; i < actual.size(); i++) {
      Token token = actual.token(i);
      int start = expected.path("offsets").path(i).path(0).asInt();
      int end = expected.path("offsets").path(i).path(1).asInt();
      assertEquals(List.of(start, end), List.of(token.start(), token.end()), text + " at " + i);
      assertEquals(text.offsetByCodePoints(0, start), token.startChar());
      assertEquals(text.offsetByCodePoints(0, end), token.endChar());
      assertEquals(expected.path("special_mask").path(i).asInt() == 1, token.added());
    }
    return actual.ids();
  }

  private static String streamed(Tokenizer tokenizer, int[] ids, boolean skipSpecial) {
    StreamingDecoder decoder = tokenizer.streamingDecoder(skipSpecial);
    StringBuilder text = new StringBuilder();
    for (int id : ids) {
      text.append(decoder.push(id));
    }
    return text.append(decoder.finish()).toString();
  }

  @Test
  void equalsTheStringsOfTheRealModel() throws IOException {
    JsonNode strings = Oracles.json(Oracles.file("smollm2/strings.json")).path("strings");
    try (Tokenizer tokenizer = Tokenizer.open(Oracles.file("smollm2/tokenizer.json"))) {
      StringsCheck.check(tokenizer, strings);
    }
  }

  /** Also used for the tokenizer that is made from the GGUF metadata. */
  static final class StringsCheck {
    private StringsCheck() {}

    static void check(Tokenizer tokenizer, JsonNode strings) {
      for (JsonNode example : strings) {
        String text =
            new String(
                Base64.getDecoder().decode(example.path("utf8_base64").asString()),
                StandardCharsets.UTF_8);
        int[] ids = Oracles.ints(example.path("ids"));
        assertArrayEquals(ids, tokenizer.ids(text, true), text);
        assertEquals(example.path("decoded").asString(), tokenizer.decode(ids, false));
        JsonNode asText = example.path("ids_special_as_text");
        assertArrayEquals(
            asText.isMissingNode() ? ids : Oracles.ints(asText),
            tokenizer.encodeAsText(text).ids(),
            text);
      }
    }
  }

  @Test
  void tokenTextsEqualThoseOfTheForwardPass() throws IOException {
    JsonNode prompts = Oracles.json(Oracles.file("smollm2/forward.json")).path("prompts");
    try (Tokenizer tokenizer = Tokenizer.open(Oracles.file("smollm2/tokenizer.json"))) {
      for (JsonNode prompt : prompts) {
        for (JsonNode top : prompt.path("top20")) {
          assertEquals(top.path("token").asString(), tokenizer.tokenText(top.path("id").asInt()));
        }
      }
    }
  }
}
