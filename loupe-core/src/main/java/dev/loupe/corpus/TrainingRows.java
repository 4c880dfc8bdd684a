package dev.loupe.corpus;

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
}
