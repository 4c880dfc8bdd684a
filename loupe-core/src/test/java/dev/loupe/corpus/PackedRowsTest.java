package dev.loupe.corpus;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.fault.LoupeException;
import dev.loupe.tokenizer.BpeTrainer;
import dev.loupe.tokenizer.ChatTemplate;
import dev.loupe.tokenizer.Message;
import dev.loupe.tokenizer.Tokenizer;
import dev.loupe.tokenizer.TokenizerFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PackedRowsTest {
  @TempDir private static Path shared;
  private static Tokenizer tokenizer;
  private static DocumentEncoder encoder;

  @TempDir private Path folder;

  /** Control tokens and bytes alone: a letter is a token. */
  @BeforeAll
  static void bytesOnly() {
    new BpeTrainer(259, BpeTrainer.CHAT_TOKENS).train().write(shared);
    TokenizerFiles files = TokenizerFiles.in(shared);
    tokenizer = files.tokenizer();
    encoder = DocumentEncoder.of(tokenizer, files.chatTemplate());
  }

  @AfterAll
  static void close() {
    tokenizer.close();
  }

  private TokenFile encode(List<Document> documents) {
    Path file = folder.resolve("x.tokens");
    try (TokenFile.Writer writer = new TokenFile.Writer(file)) {
      documents.forEach(document -> writer.add(document, encoder));
      writer.finish();
    }
    return TokenFile.open(file);
  }

  private static List<Document> texts(String... texts) {
    List<Document> documents = new ArrayList<>();
    for (String text : texts) {
      documents.add(Document.text("d" + documents.size(), text));
    }
    return documents;
  }

  /** A row as text: a start is |, what does not count is in brackets. */
  private static List<String> show(PackedRows rows) {
    List<String> shown = new ArrayList<>();
    int[] tokens = new int[rows.context() + 1];
    boolean[] counts = new boolean[rows.context()];
    for (long row = 0; row < rows.count(); row++) {
      rows.read(row, tokens, counts);
      StringBuilder text = new StringBuilder();
      for (int i = 0; i < tokens.length; i++) {
        String token = tokens[i] == 0 ? "|" : tokenizer.decode(new int[] {tokens[i]}, false);
        text.append(i == 0 || counts[i - 1] ? token : "[" + token + "]");
      }
      shown.add(text.toString().replace("][", ""));
    }
    return shown;
  }

  @Test
  void rowsHoldWholeDocumentsAndPaddingDoesNotCount() {
    try (TokenFile tokens = encode(texts("abc", "de", "fghi", "j", "klm"))) {
      PackedRows rows = PackedRows.of(tokens, 7, PackedRows.Order.GIVEN, 0);
      // j comes early because it fits beside abc and de no longer does.
      assertEquals(List.of("|abc|de[|]", "|fghi|j[|]", "|klm[||||]"), show(rows));
      assertEquals(6, rows.padding());
      assertEquals(6.0 / 24, rows.paddingShare());
      assertEquals(15, rows.counted());
    }
  }

  @Test
  void aSmallDocumentMayComeEarlyToFillARow() {
    try (TokenFile tokens = encode(texts("abcd", "efghij", "k"))) {
      PackedRows rows = PackedRows.of(tokens, 7, PackedRows.Order.GIVEN, 0);
      assertEquals(List.of("|abcd|k[|]", "|efghij[|]"), show(rows));
    }
  }

  @Test
  void aLongDocumentRunsOnAndEveryTokenIsPredictedOnce() {
    try (TokenFile tokens = encode(texts("ab", "0123456789", "c"))) {
      PackedRows rows = PackedRows.of(tokens, 5, PackedRows.Order.GIVEN, 0);
      assertEquals(List.of("|ab|01", "123456", "6789|c"), show(rows));
    }
  }

  @Test
  void everyTokenIsPredictedOnceWhateverTheLengths() {
    SplittableRandom random = new SplittableRandom(3);
    for (int trial = 0; trial < 30; trial++) {
      List<Document> documents = new ArrayList<>();
      int count = random.nextInt(1, 120);
      for (int i = 0; i < count; i++) {
        documents.add(Document.text("d" + i, "x".repeat(random.nextInt(1, 60)) + i));
      }
      int context = random.nextInt(2, 40);
      for (PackedRows.Order order : PackedRows.Order.values()) {
        try (TokenFile tokens = encode(documents)) {
          PackedRows rows = PackedRows.of(tokens, context, order, trial);
          String all = String.join("", show(rows));
          int[] row = new int[context + 1];
          long starts = 0;
          for (long i = 0; i < rows.count(); i++) {
            rows.read(i, row, new boolean[context]);
            starts += row[0] == 0 ? 1 : 0;
          }
          // Only the tokens that begin a row's first document are never predicted.
          assertEquals(tokens.size() - starts, rows.counted(), all);
          for (Document document : documents) {
            if (document.text().length() < context) {
              assertTrue(all.contains("|" + document.text()), document.text());
            }
          }
        }
      }
    }
  }

  @Test
  void theOrderIsGivenOrDrawnByTheSeed() {
    String[] letters = new String[100];
    for (int i = 0; i < letters.length; i++) {
      letters[i] = String.valueOf((char) ('0' + i % 64));
    }
    try (TokenFile tokens = encode(texts(letters))) {
      List<String> given = show(PackedRows.of(tokens, 9, PackedRows.Order.GIVEN, 1));
      assertEquals("|0|1|2|3|4", given.getFirst());
      List<String> drawn = show(PackedRows.of(tokens, 9, PackedRows.Order.SHUFFLED, 1));
      assertEquals(drawn, show(PackedRows.of(tokens, 9, PackedRows.Order.SHUFFLED, 1)));
      assertNotEquals(drawn, given);
      assertNotEquals(drawn, show(PackedRows.of(tokens, 9, PackedRows.Order.SHUFFLED, 2)));
      assertArrayEquals(
          String.join("", given).chars().sorted().toArray(),
          String.join("", drawn).chars().sorted().toArray());
    }
  }

  @Test
  void ofAConversationOnlyTheAnswersAndTheirEndsCount() {
    Document chat =
        Document.chat(
            "c",
            List.of(
                new Message("user", "q"),
                new Message("assistant", "a"),
                new Message("user", "r"),
                new Message("assistant", "b")));
    try (TokenFile tokens = encode(List.of(chat))) {
      String row = show(PackedRows.of(tokens, 63, PackedRows.Order.GIVEN, 0)).getFirst();
      assertTrue(
          row.startsWith(
              "|[<|im_start|>user\nq<|im_end|>\n<|im_start|>assistant\n]a<|im_end|>"
                  + "[\n<|im_start|>user\nr<|im_end|>\n<|im_start|>assistant\n]b<|im_end|>[\n|"),
          row);
    }
  }

  @Test
  void aTextThatSpellsAControlTokenIsAText() {
    try (TokenFile tokens = encode(texts("<|endoftext|>"))) {
      assertEquals(14, tokens.size());
      assertArrayEquals(new long[] {0}, tokens.documentStarts());
    }
  }

  @Test
  void aConversationNeedsATemplateThatAppends() {
    Document chat =
        Document.chat("c", List.of(new Message("user", "q"), new Message("assistant", "a")));
    DocumentEncoder without = DocumentEncoder.of(tokenizer, Optional.empty());
    assertTrue(
        assertThrows(LoupeException.class, () -> without.encode(chat, (_, _, _) -> {}))
            .getMessage()
            .contains("no chat template"));
    ChatTemplate counting =
        ChatTemplate.of("t", "{{ messages | length }}{{ messages[0].content }}", Map.of());
    DocumentEncoder rewriting = DocumentEncoder.of(tokenizer, Optional.of(counting));
    assertTrue(
        assertThrows(LoupeException.class, () -> rewriting.encode(chat, (_, _, _) -> {}))
            .getMessage()
            .contains("changes earlier turns"));
  }

  @Test
  void theHeldOutShareIsTakenByTheIdAlone() {
    int held = 0;
    for (int i = 0; i < 20_000; i++) {
      held += EncodedCorpus.isHeldOut("doc-" + i, 0.05) ? 1 : 0;
      assertTrue(
          !EncodedCorpus.isHeldOut("doc-" + i, 0.05) || EncodedCorpus.isHeldOut("doc-" + i, 0.06));
      assertFalse(EncodedCorpus.isHeldOut("doc-" + i, 0));
    }
    // Within five standard deviations of a binomial.
    assertEquals(1000, held, 5 * Math.sqrt(20_000 * 0.05 * 0.95));
  }

  @Test
  void aFolderThatRefusesAndAShareOutOfRangeAreErrors() throws IOException {
    Path lines = folder.resolve("c.jsonl");
    Files.writeString(lines, "{\"id\": \"a\", \"text\": \"t\"}\n");
    Corpus corpus = Corpus.open(lines, false);
    assertThrows(
        LoupeException.class, () -> EncodedCorpus.encode(corpus, encoder, 1, folder, _ -> {}));
    assertThrows(
        LoupeException.class,
        () -> EncodedCorpus.encode(corpus, encoder, 0, folder.resolve("c.jsonl/x"), _ -> {}));
    assertTrue(
        assertThrows(
                LoupeException.class,
                () -> EncodedCorpus.encode(corpus, encoder, 0.999999999, folder, _ -> {}))
            .getMessage()
            .contains("held out"));
    assertFalse(Files.exists(folder.resolve("training.tokens.part")));
  }
}
