package dev.loupe.model.training;

import dev.loupe.corpus.TrainingRows;
import dev.loupe.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/** Rows to train on. */
final class Batch {
  private final int rows;
  private final int context;
  private final long[] inputs;
  private final long[] targets;
  private final long[] counted;

  private Batch(int rows, int context, long[] inputs, long[] targets, long[] counted) {
    this.rows = rows;
    this.context = context;
    this.inputs = inputs;
    this.targets = targets;
    this.counted = counted;
  }

  /**
   * Sequences of one length, of which some predictions count.
   *
   * @param counts by sequence and position, whether the token after it is predicted; the last
   *     position has none
   */
  static Batch of(List<int[]> sequences, List<boolean[]> counts) {
    int context = sequences.getFirst().length;
    long[] inputs = new long[sequences.size() * context];
    long[] targets = new long[inputs.length];
    long[] counted = new long[inputs.length];
    int used = 0;
    for (int row = 0; row < sequences.size(); row++) {
      int[] tokens = sequences.get(row);
      for (int t = 0; t < context; t++) {
        int place = row * context + t;
        inputs[place] = tokens[t];
        if (t + 1 < context && counts.get(row)[t]) {
          targets[used] = tokens[t + 1];
          counted[used++] = place;
        }
      }
    }
    return new Batch(
        sequences.size(),
        context,
        inputs,
        Arrays.copyOf(targets, used),
        Arrays.copyOf(counted, used));
  }

  /** The place among the inputs of a counted prediction. */
  long place(int counted) {
    return this.counted[counted];
  }

  /** Some rows of a corpus from {@code first}, beginning again at its end. */
  static Batch read(TrainingRows corpus, long first, int rows) {
    int context = corpus.context();
    long[] inputs = new long[rows * context];
    long[] targets = new long[inputs.length];
    long[] counted = new long[inputs.length];
    int[] tokens = new int[context + 1];
    boolean[] counts = new boolean[context];
    int used = 0;
    for (int row = 0; row < rows; row++) {
      corpus.read((first + row) % corpus.count(), tokens, counts);
      for (int t = 0; t < context; t++) {
        int place = row * context + t;
        inputs[place] = tokens[t];
        if (counts[t]) {
          targets[used] = tokens[t + 1];
          counted[used++] = place;
        }
      }
    }
    return new Batch(
        rows, context, inputs, Arrays.copyOf(targets, used), Arrays.copyOf(counted, used));
  }

  /** How many rows. */
  int rows() {
    return rows;
  }

  /** Predicted positions of each. */
  int context() {
    return context;
  }

  /** The tokens before each predicted one, {@code [rows · context]}. */
  Tensor inputs() {
    return Tensor.of(inputs, inputs.length);
  }

  /** How many positions the rows have. */
  int positions() {
    return inputs.length;
  }

  /** How many positions count. */
  int count() {
    return counted.length;
  }

  /** The tokens to predict at the counted places, {@code [count, 1]}. */
  Tensor targets() {
    return Tensor.of(targets, targets.length, 1);
  }

  /** The places among the inputs whose prediction counts, rising, {@code [count]}. */
  Tensor counted() {
    return Tensor.of(counted, counted.length);
  }
}
