package dev.loupe.instrument.influence;

import java.util.Arrays;
import java.util.List;

/** The baseline that knows words only: BM25 over the model's tokens. */
final class Bm25 implements AutoCloseable {
  private final dev.loupe.prose.Bm25 index;

  Bm25(List<Sequence> documents) {
    index =
        new dev.loupe.prose.Bm25(
            documents.stream().map(document -> text(document.tokens())).toList());
  }

  /** Tokens as words: their numbers. */
  private static String text(int[] tokens) {
    StringBuilder text = new StringBuilder();
    Arrays.stream(tokens).forEach(token -> text.append(token).append(' '));
    return text.toString();
  }

  /** The score of every document, {@code [document]}; 0 where no token is shared. */
  double[] scores(int[] tokens) {
    return index.scores(text(tokens));
  }

  @Override
  public void close() {
    index.close();
  }
}
