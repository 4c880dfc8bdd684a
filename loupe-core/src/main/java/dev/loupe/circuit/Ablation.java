package dev.loupe.circuit;

/** What ablation puts in the place of an activation. */
public enum Ablation {
  /** Zero: the usual value of a sparse feature, so a mild ablation. */
  ZERO("zero"),
  /** The mean over reference prompts and positions; a feature that is off gets its mean too. */
  MEAN("mean"),
  /** The mean over reference prompts of one length, by position. */
  MEAN_BY_POSITION("mean by position"),
  /** The value in the corrupted twin's run: what the two prompts share counts nothing. */
  TWIN("the twin's value");

  private final String label;

  Ablation(String label) {
    this.label = label;
  }

  /** In words. */
  public String label() {
    return label;
  }
}
