package dev.loupe.corpus;

import java.util.Arrays;
import java.util.OptionalInt;

/** Token rows of equal length for training, in reading order. */
public interface TrainingRows {
  /** How many rows. */
  long count();

  /** Positions predicted in a row; a row holds one more token. */
  int context();

  /**
   * Copies row {@code row}: {@code tokens} [context + 1] and, for each predicted position, whether
   * it counts in the loss [context].
   */
  void read(long row, int[] tokens, boolean[] counts);

  /** The token that begins every document, where these rows are made of documents. */
  default OptionalInt documentStart() {
    return OptionalInt.empty();
  }

  /** A hash of rows spread over the corpus, to tell one corpus from another. */
  default String sample() {
    int[] tokens = new int[context() + 1];
    boolean[] counts = new boolean[context()];
    long hash = 0;
    long samples = Math.min(count(), 256);
    for (long i = 0; i < samples; i++) {
      read(Math.multiplyHigh(i << 32, (count() << 32) / samples), tokens, counts);
      hash = 31 * (31 * hash + Arrays.hashCode(tokens)) + Arrays.hashCode(counts);
    }
    return Long.toHexString(hash);
  }
}
