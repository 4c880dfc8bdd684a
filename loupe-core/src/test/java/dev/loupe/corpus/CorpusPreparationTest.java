package dev.loupe.corpus;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.corpus.CorpusPreparation.TokenizerSource;
import dev.loupe.fault.LoupeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CorpusPreparationTest {
  private static final TokenizerSource SMALL = new TokenizerSource.Trained(270, Optional.empty());

  @TempDir private Path folder;
  private Path lines;
  private Path model;

  @BeforeEach
  void corpus() throws IOException {
    lines = folder.resolve("c.jsonl");
    Files.writeString(lines, "{\"text\": \"the war of the roses\"}\n".repeat(40));
    model = folder.resolve("model");
  }

  private EncodedCorpus prepare(TokenizerSource source, double heldOut) {
    return new CorpusPreparation(Corpus.open(lines, false), source, heldOut, model).run(_ -> {});
  }

  private LoupeException refused(TokenizerSource source, double heldOut) {
    return assertThrows(LoupeException.class, () -> prepare(source, heldOut));
  }

  @Test
  void trainsATokenizerAndEncodes() throws IOException {
    EncodedCorpus encoded = prepare(SMALL, 0.2);
    assertEquals(40, encoded.reading().documents());
    try (TokenFile training = TokenFile.open(encoded.training());
        TokenFile heldOut = TokenFile.open(encoded.heldOut())) {
      assertEquals(40, training.documentStarts().length + heldOut.documentStarts().length);
      assertTrue(heldOut.documentStarts().length > 0);
      assertEquals(encoded.tokens(), training.size() + heldOut.size());
    }
    assertTrue(Files.exists(model.resolve("tokenizer.json")));
  }

  @Test
  void theSameAgainKeepsTheTokenizerAndGivesTheSameTokens() throws IOException {
    EncodedCorpus first = prepare(SMALL, 0);
    byte[] tokens = Files.readAllBytes(first.training());
    Path tokenizer = model.resolve("tokenizer.json");
    FileTime written = Files.getLastModifiedTime(tokenizer);
    CorpusPreparation.deleteTokens(first);
    EncodedCorpus second = prepare(SMALL, 0);
    assertArrayEquals(tokens, Files.readAllBytes(second.training()));
    assertEquals(written, Files.getLastModifiedTime(tokenizer));
  }

  @Test
  void aTokenizerLearnsFromOtherTextsToo() throws IOException {
    Path chats = folder.resolve("chats.txt");
    Files.writeString(chats, "sorry sorry sorry ".repeat(50));
    prepare(new TokenizerSource.Trained(270, Optional.of(Corpus.open(chats, false))), 0);
    assertTrue(Files.readString(model.resolve("tokenizer.json")).contains("sorry"));
    assertTrue(
        refused(SMALL, 0).getMessage().contains("also on 1 files of 900 bytes, now it is trained"));
  }

  @Test
  void somethingElseIsRefusedBeforeAnythingIsOverwritten() throws IOException {
    prepare(SMALL, 0);
    byte[] tokenizer = Files.readAllBytes(model.resolve("tokenizer.json"));
    assertTrue(
        refused(new TokenizerSource.Trained(280, Optional.empty()), 0)
            .getMessage()
            .contains("tokenizer was trained, 270 tokens, now it is trained, 280 tokens"));
    assertTrue(refused(SMALL, 0.1).getMessage().contains("held-out share was 0.0, now it is 0.1"));
    Files.writeString(lines, "{\"text\": \"another\"}\n");
    assertTrue(refused(SMALL, 0).getMessage().contains("its corpus was 1 files"));
    assertArrayEquals(tokenizer, Files.readAllBytes(model.resolve("tokenizer.json")));
  }

  @Test
  void aModelOfSomebodyElseIsNotOverwritten() throws IOException {
    Files.createDirectories(model);
    Files.writeString(model.resolve("config.json"), "{}");
    assertTrue(refused(SMALL, 0).getMessage().contains("holds config.json"));
    assertFalse(Files.exists(model.resolve("tokenizer.json")));
  }

  @Test
  void aTokenizerIsCopiedWithItsTemplate() throws IOException {
    prepare(SMALL, 0);
    TokenizerSource copied = new TokenizerSource.Copied(model);
    model = folder.resolve("second");
    prepare(copied, 0);
    for (String name : new String[] {"tokenizer.json", "tokenizer_config.json"}) {
      assertEquals(
          Files.readString(folder.resolve("model").resolve(name)),
          Files.readString(folder.resolve("second").resolve(name)));
    }
  }

  @Test
  void aVocabularyTooSmallAndAnEmptyCorpusLeaveNoTokenizer() throws IOException {
    assertTrue(
        refused(new TokenizerSource.Trained(200, Optional.empty()), 0)
            .getMessage()
            .contains("200 tokens"));
    Files.writeString(lines, "\n");
    assertTrue(refused(SMALL, 0).getMessage().contains("is empty"));
    assertFalse(Files.exists(model.resolve("tokenizer.json")));
    Files.writeString(lines, "{\"text\": \"mended\"}\n");
    prepare(SMALL, 0);
  }

  @Test
  void deletingLeavesNothing() throws IOException {
    prepare(SMALL, 0);
    CorpusPreparation.delete(model);
    assertFalse(Files.exists(model));
  }
}
