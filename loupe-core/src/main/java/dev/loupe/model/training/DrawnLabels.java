package dev.loupe.model.training;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.Tensor;

/** Labels drawn from what a model predicts. */
final class DrawnLabels {
  private DrawnLabels() {}

  /**
   * One for each row.
   *
   * @param probabilities {@code [n, d_vocab]}
   * @param numbers from 0 to 1 (exclusive), one for each row
   * @return {@code [n, 1]}
   */
  static Tensor of(Tensor probabilities, double[] numbers) {
    float[] values = probabilities.to(DType.F32).toFloats();
    int vocabulary = values.length / numbers.length;
    long[] labels = new long[numbers.length];
    for (int i = 0; i < numbers.length; i++) {
      labels[i] = drawn(values, i * vocabulary, vocabulary, numbers[i]);
    }
    return Tensor.of(labels, labels.length, 1);
  }

  /** Where the cumulated probability passes a number; the likeliest if rounding keeps it below. */
  private static int drawn(float[] probabilities, int offset, int count, double number) {
    double sum = 0;
    int likeliest = 0;
    for (int i = 0; i < count; i++) {
      float here = probabilities[offset + i];
      sum += here;
      if (sum > number) {
        return i;
      }
      if (here > probabilities[offset + likeliest]) {
        likeliest = i;
      }
    }
    return likeliest;
  }
}
