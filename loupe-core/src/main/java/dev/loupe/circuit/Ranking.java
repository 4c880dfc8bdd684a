package dev.loupe.circuit;

/** By what features are ranked before circuits are tried. */
public enum Ranking {
  /** The gradient in the model's own run, one run back and forth a pair. */
  ATTRIBUTION("attribution patching"),
  /**
   * Gradients averaged over five runs whose inputs go from the corrupted prompt's to the clean
   * one's, the corrupted end included (EAP-IG-inputs).
   */
  INPUTS("integrated gradients along the inputs, 5 steps, corrupted end included"),
  /**
   * A mask over all candidates that is learned by gradients in the circuit's own runs: the fewest
   * features whose circuit does on each pair what the model does.
   */
  MASK("a learned mask"),
  /** Each node ablated by itself, one run a node. */
  EXACT("exact effects");

  /** Steps of {@link #INPUTS}. */
  static final int STEPS = 5;

  private final String label;

  Ranking(String label) {
    this.label = label;
  }

  /** In words. */
  public String label() {
    return label;
  }
}
