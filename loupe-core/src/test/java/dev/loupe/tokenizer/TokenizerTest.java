package dev.loupe.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.fault.LoupeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenizerTest {
  /** A byte-level vocabulary of the 256 bytes, one word and a control token. */
  static Tokenizer byteLevel() {
    List<String> tokens = new ArrayList<>(List.of("<|end|>"));
    int shifted = 256;
    for (int value = 0; value < 256; value++) {
      boolean printable =
          (value >= '!' && value <= '~')
              || (value >= 0xA1 && value <= 0xAC)
              || (value >= 0xAE && value <= 0xFF);
      tokens.add(Character.toString(printable ? value : shifted++));
    }
    tokens.addAll(List.of("\u0120P", "ar", "\u0120Par", "is", "\u0120Paris"));
    List<Integer> types = new ArrayList<>(tokens.stream().map(token -> 1).toList());
    types.set(0, 3);
    return Tokenizer.parse(
        GgufTokenizer.toJson(
            new GgufTokenizer.Vocabulary(
                "gpt2",
                Optional.of("gpt-2"),
                tokens,
                types,
                List.of("\u0120 P", "a r", "\u0120P ar", "i s", "\u0120Par is"),
                List.of(),
                OptionalInt.empty(),
                OptionalInt.empty(),
                OptionalInt.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty())),
        "bytes");
  }

  @Test
  void everyTextIsWhatItsTokensDecodeTo() {
    Random random = new Random(7);
    try (Tokenizer tokenizer = byteLevel()) {
      for (int trial = 0; trial < 500; trial++) {
        int[] points =
            IntStream.generate(
                    () -> random.nextInt(random.nextBoolean() ? 128 : Character.MAX_CODE_POINT + 1))
                .filter(p -> p < Character.MIN_SURROGATE || p > Character.MAX_SURROGATE)
                .limit(random.nextInt(40))
                .toArray();
        String text = new String(points, 0, points.length);
        TokenSequence tokens = tokenizer.encode(text, true);
        assertEquals(text, tokenizer.decode(tokens.ids(), false));
        int before = 0;
        StreamingDecoder decoder = tokenizer.streamingDecoder(false);
        StringBuilder streamed = new StringBuilder();
        for (Token token : tokens.tokens()) {
          assertTrue(before <= token.start() && token.start() <= token.end());
          assertTrue(token.end() <= points.length && token.endChar() <= text.length());
          before = token.start();
          streamed.append(decoder.push(token.id()));
          assertTrue(text.startsWith(streamed.toString()), "a partial character came out");
        }
        assertEquals(text, streamed + decoder.finish());
      }
    }
  }

  @Test
  void aTargetOfSeveralTokensSaysHowItSplits() {
    try (Tokenizer tokenizer = byteLevel()) {
      assertEquals(" Paris", tokenizer.tokenText(tokenizer.singleToken(" Paris")));
      LoupeException error =
          assertThrows(LoupeException.class, () -> tokenizer.singleToken(" Parisia"));
      assertEquals(
          "target \" Parisia\" is 3 tokens: \" Paris\" + \"i\" + \"a\"", error.getMessage());
      assertThrows(LoupeException.class, () -> tokenizer.singleToken(""));
    }
  }

  @Test
  void aWordThatIsOneTokenWithItsSpaceIsProposedWithIt() {
    try (Tokenizer tokenizer = byteLevel()) {
      LoupeException refusal =
          assertThrows(LoupeException.class, () -> tokenizer.singleToken("Paris"));
      assertTrue(
          refusal.getMessage().endsWith("; \" Paris\", with its space, is one token"),
          refusal.getMessage());
      assertTrue(refusal.remedy().contains("\" Paris\""), refusal.remedy());
    }
  }

  @Test
  void aStartThatStandsTwiceIsTold() {
    try (Tokenizer tokenizer = byteLevel()) {
      TokenSequence twice = tokenizer.encode("<|end|><|end|> Paris", false);
      assertTrue(twice.doubledStart(tokenizer).orElseThrow().contains("<|end|> twice"));
      assertTrue(tokenizer.encode("<|end|> Paris", false).doubledStart(tokenizer).isEmpty());
      assertTrue(tokenizer.encode("aa", false).doubledStart(tokenizer).isEmpty());
    }
  }

  @Test
  void controlTokensCanBeOrdinaryText() {
    try (Tokenizer tokenizer = byteLevel()) {
      assertArrayEquals(new int[] {0}, tokenizer.ids("<|end|>", true));
      TokenSequence plain = tokenizer.encodeAsText("<|end|>");
      assertEquals(7, plain.size());
      assertEquals("<|end|>", tokenizer.decode(plain.ids(), true));
    }
  }

  @Test
  void halfASurrogatePairIsOneReplacementCharacter() {
    try (Tokenizer tokenizer = byteLevel()) {
      TokenSequence tokens = tokenizer.encode("a\uD800b", true);
      assertEquals("a\uFFFDb", tokenizer.decode(tokens.ids(), false));
      assertEquals("b", tokens.covered(tokens.size() - 1));
    }
  }

  @Test
  void numbersWithoutATokenAreNamed() {
    try (Tokenizer tokenizer = byteLevel()) {
      assertEquals("<no token 99999>", tokenizer.tokenText(99_999));
      assertEquals("", tokenizer.decode(new int[] {99_999, -1}, false));
      assertEquals(Optional.of(0), tokenizer.id("<|end|>"));
      assertEquals(262, tokenizer.vocabularySize());
    }
  }

  @Test
  void aClosedTokenizerRefusesToWork() {
    Tokenizer tokenizer = byteLevel();
    tokenizer.close();
    tokenizer.close();
    assertThrows(IllegalStateException.class, () -> tokenizer.ids("a", true));
  }

  @Test
  void manyThreadsMayEncodeAtOnce() {
    try (Tokenizer tokenizer = byteLevel()) {
      int[] expected = tokenizer.ids("one two three", true);
      assertTrue(
          IntStream.range(0, 2000)
              .parallel()
              .allMatch(i -> Arrays.equals(expected, tokenizer.ids("one two three", true))));
    }
  }

  @Test
  void malformedDocumentsNameTheFile(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("tokenizer.json");
    for (String json :
        List.of(
            "",
            "[]",
            "{",
            "{}",
            "null",
            "<html>",
            "{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":\"x\"},\"merges\":[]}}",
            "{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":-1},\"merges\":[]}}",
            "{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":[[\"b\",\"c\"]]}}",
            "{\"model\":{\"type\":\"Other\",\"vocab\":{\"a\":0}}}",
            "[".repeat(100_000))) {
      Files.writeString(file, json);
      LoupeException error = assertThrows(LoupeException.class, () -> Tokenizer.open(file), json);
      assertTrue(error.toString().contains(file.toString()));
    }
  }

  @Test
  void aFolderGivesItsTokenizerAndTemplate(@TempDir Path folder) throws IOException {
    TokenizerFiles files = TokenizerFiles.in(folder);
    assertTrue(
        assertThrows(LoupeException.class, files::tokenizer)
            .toString()
            .contains("holds no tokenizer.json"));
    assertTrue(files.chatTemplate().isEmpty());
    Path config = folder.resolve("tokenizer_config.json");
    List<Message> messages = List.of(new Message("user", "hi"));
    Files.writeString(
        config, "{\"bos_token\":{\"content\":\"<s>\"},\"chat_template\":\"{{ bos_token }}one\"}");
    assertEquals("<s>one", files.chatTemplate().orElseThrow().render(messages, true));
    Files.writeString(
        config,
        "{\"chat_template\":[{\"name\":\"tool\",\"template\":\"t\"},"
            + "{\"name\":\"default\",\"template\":\"two\"}]}");
    assertEquals("two", files.chatTemplate().orElseThrow().render(messages, true));
    Files.writeString(folder.resolve("chat_template.jinja"), "three");
    assertEquals("three", files.chatTemplate().orElseThrow().render(messages, true));
    Files.writeString(config, "{");
    assertThrows(LoupeException.class, files::chatTemplate);
  }
}
