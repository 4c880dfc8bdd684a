package dev.loupe.dictionary.evaluation;

import dev.loupe.corpus.TrainingRows;
import dev.loupe.model.TokenBatch;
import java.util.Arrays;
import java.util.stream.IntStream;

/** Reads rows of a corpus repeatedly, and knows which of their positions hold a text. */
public final class RowReader {
  private final TrainingRows corpus;
  private final LeftOut leftOut;

  /**
   * @param leftOut positions that are not kept
   */
  public RowReader(TrainingRows corpus, LeftOut leftOut) {
    this.corpus = corpus;
    this.leftOut = leftOut;
  }

  /** Rows in one batch. */
  public static final class Batch {
    private final TokenBatch tokens;
    private final int[] kept;
    private final int[] rows;
    private final int[] next;

    private Batch(TokenBatch tokens, int[] kept, int[] rows, int[] next) {
      this.tokens = tokens;
      this.kept = kept;
      this.rows = rows;
      this.next = next;
    }

    /** What the model reads, {@code [rows, context]}. */
    public TokenBatch tokens() {
      return tokens;
    }

    /** How many positions hold a token that is not left out. */
    public int count() {
      return kept.length;
    }

    /** Their indices in {@code [rows · context]}, rising. */
    public int[] kept() {
      return kept.clone();
    }

    /** The row of the {@code i}th of them. */
    public int row(int i) {
      return rows[i];
    }

    /** The same rows with fewer positions kept, {@code which} of these. */
    Batch only(int[] which) {
      return new Batch(tokens, of(kept, which), of(rows, which), of(next, which));
    }

    private static int[] of(int[] values, int[] which) {
      return Arrays.stream(which).map(i -> values[i]).toArray();
    }

    /** The token that follows the {@code i}th of them; -1 where none does that counts. */
    public int next(int i) {
      return next[i];
    }
  }

  /** Positions of a row. */
  public int context() {
    return corpus.context();
  }

  /** How many rows there are. */
  public long count() {
    return corpus.count();
  }

  /** Reads rows from {@code first} on; after the last comes the first again. */
  public Batch read(long first, int count) {
    int context = corpus.context();
    int[][] inputs = new int[count][];
    IntStream.Builder kept = IntStream.builder();
    IntStream.Builder rows = IntStream.builder();
    IntStream.Builder next = IntStream.builder();
    int[] tokens = new int[context + 1];
    boolean[] counts = new boolean[context];
    for (int row = 0; row < count; row++) {
      corpus.read((first + row) % corpus.count(), tokens, counts);
      inputs[row] = Arrays.copyOf(tokens, context);
      int end = end(tokens, counts);
      for (int at = 0; at < end; at++) {
        if (!leftOut.contains(at, tokens[at])) {
          kept.add(row * context + at);
          rows.add(row);
          next.add(counts[at] ? tokens[at + 1] : -1);
        }
      }
    }
    return new Batch(
        TokenBatch.of(inputs),
        kept.build().toArray(),
        rows.build().toArray(),
        next.build().toArray());
  }

  /** Padding repeats one token, is predicted nowhere, and ends a row; no text ends so. */
  private static int end(int[] tokens, boolean[] counts) {
    int context = counts.length;
    int last = tokens[context];
    int end = context;
    if (!counts[context - 1]) {
      while (end > 1 && tokens[end - 1] == last && !counts[end - 2]) {
        end--;
      }
    }
    return end;
  }
}
