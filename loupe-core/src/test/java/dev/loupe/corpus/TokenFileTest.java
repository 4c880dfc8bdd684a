package dev.loupe.corpus;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.loupe.fault.LoupeException;
import dev.loupe.tokenizer.BpeTrainer;
import dev.loupe.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenFileTest {
  private static final Path FULL = Path.of("/dev/full");

  @TempDir private Path folder;

  private void write(Path file, String... texts) {
    String json = new BpeTrainer(259, BpeTrainer.CHAT_TOKENS).train().tokenizerJson();
    try (Tokenizer tokenizer = Tokenizer.parse(json, "bytes");
        TokenFile.Writer writer = new TokenFile.Writer(file)) {
      for (String text : texts) {
        writer.add(Document.text("d", text), DocumentEncoder.of(tokenizer, Optional.empty()));
      }
      writer.finish();
    }
  }

  @Test
  void keepsTokensStartsAndWhatCounts() {
    Path file = folder.resolve("x.tokens");
    write(file, "ab", "c");
    try (TokenFile tokens = TokenFile.open(file)) {
      assertEquals(5, tokens.size());
      assertArrayEquals(new long[] {0, 3}, tokens.documentStarts());
      assertEquals(0, tokens.id(3));
      assertTrue(tokens.counts(4));
    }
  }

  @Test
  void aFullDiskIsToldAndTheFileBeforeStays() throws IOException {
    assumeTrue(Files.exists(FULL), "no /dev/full on this machine");
    Path file = folder.resolve("x.tokens");
    write(file, "ab");
    byte[] before = Files.readAllBytes(file);
    Path aside = folder.resolve("x.tokens.part");
    for (String text : new String[] {"short", "long".repeat(100_000)}) {
      Files.createSymbolicLink(aside, FULL);
      LoupeException error = assertThrows(LoupeException.class, () -> write(file, text));
      assertEquals(LoupeException.Kind.RESOURCE, error.kind());
      assertTrue(error.getMessage().contains("No space left"), error.getMessage());
      assertArrayEquals(before, Files.readAllBytes(file));
      assertFalse(Files.exists(aside));
    }
  }

  @Test
  void anotherFileIsRefused() throws IOException {
    Path file = folder.resolve("x.tokens");
    Files.write(file, new byte[] {1, 2, 3});
    assertThrows(LoupeException.class, () -> TokenFile.open(file));
    Files.write(file, new byte[8]);
    assertThrows(LoupeException.class, () -> TokenFile.open(file));
    assertThrows(LoupeException.class, () -> TokenFile.open(folder.resolve("absent")));
  }
}
