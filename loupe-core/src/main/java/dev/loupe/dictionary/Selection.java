package dev.loupe.dictionary;

import dev.loupe.tensor.StoredTensor;

/** Which pre-activations of a position become activations; those that do keep their value. */
public sealed interface Selection {
  /** Those above 0. */
  record Relu() implements Selection {}

  /**
   * Those strictly above the feature's own threshold.
   *
   * @param thresholds {@code [n_features]}, none below 0
   */
  record JumpRelu(StoredTensor thresholds) implements Selection {}

  /**
   * The {@code k} largest of those above 0.
   *
   * @param signed whether it is instead the {@code k} largest by magnitude, which keep their sign
   */
  record TopK(int k, boolean signed) implements Selection {
    /** The {@code k} largest of those above 0. */
    public TopK(int k) {
      this(k, false);
    }
  }

  /**
   * Trained to keep {@code k} per position on average over a batch; afterwards those strictly above
   * one threshold for all features.
   */
  record BatchTopK(int k, double threshold) implements Selection {}

  /** The name that people know it by. */
  default String label() {
    return switch (this) {
      case Relu _ -> "ReLU";
      case JumpRelu _ -> "JumpReLU";
      case TopK(int k, boolean signed) ->
          "TopK (k = " + k + (signed ? ", by magnitude, signed)" : ")");
      case BatchTopK(int k, double threshold) ->
          "BatchTopK (k = " + k + ", threshold " + threshold + ")";
    };
  }
}
