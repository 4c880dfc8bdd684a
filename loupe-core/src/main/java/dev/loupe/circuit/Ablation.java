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
  TWIN("the twin's value"),
  /**
   * The values of a position drawn from those that are nearest by the features that are kept, eight
   * times, probabilities averaged: what the kept features leave open.
   */
  CLUSTER("values of positions like it");

  private final String label;

  Ablation(String label) {
    this.label = label;
  }

  /** Runs that a circuit takes over a prompt. */
  public int runs() {
    return this == CLUSTER ? ClusterPool.SAMPLES : 1;
  }

  /** In words. */
  public String label() {
    return label;
  }
}
