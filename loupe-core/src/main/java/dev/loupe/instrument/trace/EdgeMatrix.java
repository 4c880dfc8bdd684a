package dev.loupe.instrument.trace;

/**
 * Direct effects {@code A[target, source]} of a graph's nodes, dense over sources, with rows for
 * targets only. The weight of a remainder node is the signed sum of what it stands for, so that
 * rows close; its {@linkplain #mass mass} is the sum of magnitudes, so that influence is not hidden
 * by cancellation.
 */
public final class EdgeMatrix {
  private final float[][] rows;
  private final float[][] remainderMass;
  private final int firstRemainder;

  /**
   * @param rows by node, {@code [n_nodes]} each, empty for nodes that are no targets
   * @param remainderMass by node, {@code [n_remainder_nodes]} each, empty as in {@code rows}
   * @param firstRemainder index of the first remainder node; they stand in one run
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

  /**
   * The edge's magnitude: of the weight, and for a remainder node the sum of the magnitudes that it
   * stands for.
   */
  public float mass(int target, int source) {
    float[] row = rows[target];
    float[] masses = remainderMass[target];
    if (row.length == 0) {
      return 0;
    }
    int remainder = source - firstRemainder;
    return remainder >= 0 && remainder < masses.length ? masses[remainder] : Math.abs(row[source]);
  }
}
