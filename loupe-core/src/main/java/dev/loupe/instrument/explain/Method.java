package dev.loupe.instrument.explain;

import java.util.Locale;

/** How scores of texts, or the network's gradients, become one number a unit. */
public enum Method {
  /** Exact Shapley values, up to {@link ShapleyValues#MOST_EXACT} units. */
  SHAPLEY("Shapley values", false),
  /** Shapley values in a window. */
  L_SHAP("L-SHAP", false),
  /** The truncated form of the ICX360 toolkit. */
  L_SHAP_TRUNCATED("L-SHAP as ICX360 truncates it", false),
  /** A linear fit to texts without one or two units. */
  C_LIME("C-LIME", false),
  /** The drop without this unit alone. */
  LEAVE_ONE_OUT("leave-one-out", false),
  /** Σ over a unit's tokens of the embedding times its gradient. */
  GRADIENT_INPUT("gradient × input", true),
  /** Gradient × input averaged on the way from a zero embedding. */
  INTEGRATED_GRADIENTS("integrated gradients", true),
  /** Attention with the residual stream, multiplied through all layers (Abnar and Zuidema 2020). */
  ROLLOUT("attention rollout", true);

  private final String words;
  private final boolean needsWeights;

  Method(String words, boolean needsWeights) {
    this.words = words;
    this.needsWeights = needsWeights;
  }

  /** Its name for people. */
  public String words() {
    return words;
  }

  /** Whether it reads the network rather than scores of texts. */
  public boolean needsWeights() {
    return needsWeights;
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
