package dev.loupe.circuit;

/** What becomes of what the features of a place do not reconstruct, x − x̂, when a circuit runs. */
public enum Errors {
  /** It stays as it comes out in the circuit's own run: the model may pass the circuit by. */
  KEPT("kept"),
  /** It is 0: only what features write remains. */
  REMOVED("removed"),
  /** It gets its reference value, as an omitted feature does. */
  ABLATED("ablated"),
  /**
   * The error of each layer is a node of its own, which the circuit holds or not: it stays as it
   * comes out, or gets its reference value.
   */
  NODES("as nodes of their own");

  private final String label;

  Errors(String label) {
    this.label = label;
  }

  /** In words. */
  public String label() {
    return label;
  }
}
