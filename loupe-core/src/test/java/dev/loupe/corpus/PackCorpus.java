package dev.loupe.corpus;

import dev.loupe.tokenizer.BpeTrainer;
import dev.loupe.tokenizer.Tokenizer;
import dev.loupe.tokenizer.TokenizerFiles;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Writes a corpus as packed rows that another program can read: {@code rows.u16}, little-endian
 * {@code [n_rows, context + 1]}, and {@code counts.u8}, {@code [n_rows, context]}. Trains the
 * tokenizer first when the folder has none.
 *
 * <p>usage: {@code PackCorpus CORPUS FOLDER VOCABULARY CONTEXT given|shuffled [HELD_OUT]}
 */
final class PackCorpus {
  private PackCorpus() {}

  public static void main(String[] arguments) throws IOException {
    Corpus corpus = Corpus.open(Path.of(arguments[0]), false);
    Path folder = Path.of(arguments[1]);
    int context = Integer.parseInt(arguments[3]);
    var order = PackedRows.Order.valueOf(arguments[4].toUpperCase(java.util.Locale.ROOT));
    double heldOut = arguments.length > 5 ? Double.parseDouble(arguments[5]) : 0;
    long start = System.nanoTime();
    if (!Files.exists(folder.resolve("tokenizer.json"))) {
      BpeTrainer trainer =
          new BpeTrainer(Integer.parseInt(arguments[2]), BpeTrainer.CHAT_TOKENS);
      corpus.read(document -> document.texts().forEach(trainer::add));
      trainer.train().write(folder);
      System.err.printf("tokenizer after %.1f s%n", (System.nanoTime() - start) / 1e9);
    }
    TokenizerFiles files = TokenizerFiles.in(folder);
    try (Tokenizer tokenizer = files.tokenizer()) {
      EncodedCorpus encoded =
          EncodedCorpus.encode(
              corpus, DocumentEncoder.of(tokenizer, files.chatTemplate()), heldOut, folder, _ -> {});
      System.err.printf(
          "%s%n%,d tokens after %.1f s%n",
          encoded.reading(), encoded.tokens(), (System.nanoTime() - start) / 1e9);
      write(encoded.training(), folder, "", context, order);
      if (heldOut > 0) {
        write(encoded.heldOut(), folder, "held-out-", context, PackedRows.Order.GIVEN);
      }
    }
    System.err.printf("done after %.1f s%n", (System.nanoTime() - start) / 1e9);
  }

  private static void write(
      Path file, Path folder, String prefix, int context, PackedRows.Order order)
      throws IOException {
    try (TokenFile tokens = TokenFile.open(file);
        OutputStream rowsFile = open(folder.resolve(prefix + "rows.u16"));
        OutputStream countsFile = open(folder.resolve(prefix + "counts.u8"))) {
      PackedRows rows = PackedRows.of(tokens, context, order, 1);
      int[] row = new int[context + 1];
      boolean[] counts = new boolean[context];
      ByteBuffer words = ByteBuffer.allocate(2 * row.length).order(ByteOrder.LITTLE_ENDIAN);
      for (long i = 0; i < rows.count(); i++) {
        rows.read(i, row, counts);
        words.clear();
        for (int id : row) {
          words.putShort((short) id);
        }
        rowsFile.write(words.array());
        for (boolean count : counts) {
          countsFile.write(count ? 1 : 0);
        }
      }
      System.out.printf(
          "%s: %d rows of %d + 1 tokens, %.2f%% padding, %d positions count%n",
          prefix + "rows.u16",
          rows.count(),
          context,
          100 * rows.paddingShare(),
          rows.counted());
    }
  }

  private static OutputStream open(Path file) throws IOException {
    return new BufferedOutputStream(Files.newOutputStream(file), 1 << 16);
  }
}
