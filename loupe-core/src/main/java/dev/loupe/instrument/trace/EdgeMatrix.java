package dev.loupe.instrument.trace;

/**
 * Direct effects {@code A[target, source]} of a graph's nodes, dense over sources, with rows for
 * targets only. A remainder node's edge is the signed sum of its units, so that rows sum to the
 * target's value; like an error node of the field it counts as one node. {@link #unlistedMass}
 * gives how much cancels inside it.
 */
public final class EdgeMatrix {
  private final float[][] rows;
  private final float[][] remainderMass;
  private final int firstRemainder;

  /**
   * @param rows by node, {@code [n_nodes]} each, empty for nodes that are not targets
   * @param remainderMass by node, {@code [n_remainder_nodes]} each, empty as in {@code rows}
   * @param firstRemainder index of the first remainder node; they are consecutive
   */
  public EdgeMatrix(float[][] rows, float[][] remainderMass, int firstRemainder) {
    this.rows = rows;
    this.remainderMass = remainderMass;
    this.firstRemainder = firstRemainder;
  }

  /** How many nodes. */
  public int size() {
    return rows.length;
  }

  /** Whether the node has incoming edges. */
  public boolean isTarget(int node) {
    return rows[node].length > 0;
  }

  /** The signed edge, 0 where there is none. */
  public float weight(int target, int source) {
    float[] row = rows[target];
    return row.length == 0 ? 0 : row[source];
  }

  /** The edge's magnitude. */
  public float mass(int target, int source) {
    return Math.abs(weight(target, source));
  }

  /**
   * What the units of a remainder node contribute to the target one by one, summed without signs;
   * measured for the first logit only, 0 for other targets.
   */
  public float unlistedMass(int target, int remainder) {
    float[] masses = remainderMass[target];
    return masses.length == 0 ? 0 : masses[remainder - firstRemainder];
  }
}
