package dev.loupe.dictionary.training;

import dev.loupe.fault.LoupeException;

/** What keeps features sparse during training. */
public sealed interface Sparsity {
  /**
   * The {@code k} largest pre-activations of a position (Gao et al. 2024).
   *
   * @param auxiliary weight of the loss that revives dead latents
   */
  record TopK(int k, double auxiliary) implements Sparsity {
    /** Checks k. */
    public TopK {
      requireK(k);
    }
  }

  /**
   * The {@code k} largest per position on average over a batch (Bussmann et al. 2024); afterwards
   * one threshold for all features of a layer, the running mean of the smallest that were kept.
   *
   * @param auxiliary weight of the loss that revives dead latents
   */
  record BatchTopK(int k, double auxiliary) implements Sparsity {
    /** Checks k. */
    public BatchTopK {
      requireK(k);
    }
  }

  /**
   * A threshold for each feature, learned by straight-through gradients (Rajamanoharan et al.
   * 2024), with the penalty {@code λ Σ tanh(c · ‖W_dec‖ · a)} of Ameisen et al. 2025, λ rising
   * linearly over the training.
   *
   * @param penalty λ at the end, for inputs and targets whose coordinates have mean square 1 and a
   *     loss that sums a layer's fraction of variance unexplained
   * @param steepness c
   * @param bandwidth width of the window around a threshold in which its gradient is estimated
   * @param threshold of every feature at the start
   * @param revival pull on the pre-activations of dead features
   */
  record JumpRelu(
      double penalty, double steepness, double bandwidth, double threshold, double revival)
      implements Sparsity {
    /** c = 4. */
    public static final double STEEPNESS = 4;

    /** Checks the ranges. */
    public JumpRelu {
      if (!(penalty >= 0 && steepness > 0 && bandwidth > 0 && threshold > 0 && revival >= 0)) {
        throw LoupeException.badInput(
            "JumpReLU with penalty %s, steepness %s, bandwidth %s, threshold %s, revival %s"
                .formatted(penalty, steepness, bandwidth, threshold, revival),
            "Penalty and revival must not be negative, the others above 0.");
      }
    }
  }

  private static void requireK(int k) {
    if (k < 1) {
      throw LoupeException.badInput("k is " + k, "At least one feature must be kept.");
    }
  }
}
