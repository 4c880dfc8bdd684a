package dev.loupe.corpus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.fault.LoupeException;
import dev.loupe.tokenizer.BoundaryTokens;
import dev.loupe.tokenizer.EmbeddingRows;
import dev.loupe.tokenizer.Tokenizer;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class DocumentStartTest {
  private static final String ADDS =
      """
      {"type": "TemplateProcessing",
       "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
       "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 0}}],
       "special_tokens": {"<s>": {"id": "<s>", "ids": [2], "tokens": ["<s>"]}}}
      """;

  /** Words, {@code <s>} at 2, {@code </s>} at 3 and the given token at 4. */
  private static Tokenizer words(String postProcessor, String fifth) {
    return Tokenizer.parse(
        """
        {"version": "1.0",
         "added_tokens": [%s, %s, %s],
         "normalizer": null, "pre_tokenizer": {"type": "Whitespace"}, "post_processor": %s, "decoder": null,
         "model": {"type": "WordLevel", "unk_token": "b", "vocab": {"a": 0, "b": 1, "<s>": 2, "</s>": 3, "%s": 4}}}
        """
            .formatted(
                control(2, "<s>"), control(3, "</s>"), control(4, fifth), postProcessor, fifth),
        "words");
  }

  private static String control(int id, String text) {
    return ("{\"id\": %d, \"content\": \"%s\", \"single_word\": false, \"lstrip\": false,"
            + " \"rstrip\": false, \"normalized\": false, \"special\": true}")
        .formatted(id, text);
  }

  private static BoundaryTokens named(int begin, int end) {
    return new BoundaryTokens(
        begin < 0 ? OptionalInt.empty() : OptionalInt.of(begin),
        end < 0 ? OptionalInt.empty() : OptionalInt.of(end));
  }

  @Test
  void whatTheTokenizerAddsComesFirst() {
    try (Tokenizer tokenizer = words(ADDS, "<|endoftext|>")) {
      DocumentStart start = DocumentStart.of(tokenizer, named(3, 3));
      assertEquals(2, start.token());
      assertTrue(start.words().contains("<s> (token 2)"), start.words());
    }
  }

  @Test
  void thenWhatSeparatesDocumentsThenBosThenEos() {
    try (Tokenizer tokenizer = words("null", "<|endoftext|>")) {
      assertEquals(4, DocumentStart.of(tokenizer, named(2, 3)).token());
    }
    try (Tokenizer tokenizer = words("null", "<pad>")) {
      assertEquals(2, DocumentStart.of(tokenizer, named(2, 3)).token());
      assertEquals(3, DocumentStart.of(tokenizer, named(-1, 3)).token());
      LoupeException refusal =
          assertThrows(
              LoupeException.class, () -> DocumentStart.of(tokenizer, BoundaryTokens.NONE));
      assertTrue(refusal.remedy().contains("`documentStart`"), refusal.remedy());
    }
  }

  @Test
  void aPersonNamesItByNumberOrSpelling() {
    try (Tokenizer tokenizer = words(ADDS, "<pad>")) {
      assertEquals(4, DocumentStart.named(tokenizer, "<pad>").token());
      assertEquals(3, DocumentStart.named(tokenizer, "3").token());
      for (String wrong : new String[] {"99", "<bos>", ""}) {
        assertThrows(LoupeException.class, () -> DocumentStart.named(tokenizer, wrong));
      }
    }
  }

  @Test
  void aTokenWithoutARowIsNamed() {
    try (Tokenizer tokenizer = words(ADDS, "<pad>").of(new EmbeddingRows("tiny", 2))) {
      for (Runnable use :
          new Runnable[] {
            () -> tokenizer.encode("a", true),
            () -> tokenizer.ids("a", true),
            () -> tokenizer.singleToken("<pad>"),
            () -> DocumentStart.of(tokenizer, BoundaryTokens.NONE),
            () -> DocumentStart.named(tokenizer, "<pad>")
          }) {
        LoupeException refusal = assertThrows(LoupeException.class, use::run);
        assertTrue(
            refusal.getMessage().matches("token [24] \\(\"<.*>\"\\).*vocabulary of tiny has 2 .*"),
            refusal.getMessage());
      }
      assertEquals(2, tokenizer.textIds("a b").length);
    }
  }
}
