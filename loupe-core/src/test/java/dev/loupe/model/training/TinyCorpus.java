package dev.loupe.model.training;

import dev.loupe.corpus.TrainingRows;
import java.util.Random;
import java.util.function.IntPredicate;

/** Rows small enough to be learned in a test: each repeats a random word of four tokens. */
record TinyCorpus(long count, int context, int vocabulary, IntPredicate counted)
    implements TrainingRows {
  static TinyCorpus of(int rows) {
    return new TinyCorpus(rows, 12, 19, _ -> true);
  }

  @Override
  public void read(long row, int[] tokens, boolean[] counts) {
    Random random = new Random(row);
    for (int t = 0; t < tokens.length; t++) {
      tokens[t] = t < 4 ? random.nextInt(vocabulary) : tokens[t - 4];
    }
    for (int t = 0; t < counts.length; t++) {
      counts[t] = counted.test(t);
    }
  }
}
