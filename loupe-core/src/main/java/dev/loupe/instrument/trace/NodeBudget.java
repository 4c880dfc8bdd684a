package dev.loupe.instrument.trace;

/**
 * How many neurons of each layer the sweep lists. Flow runs from the logits (1 in all) down the
 * edges, split by their magnitudes; what reaches remainders leaks. Each layer may leak its part of
 * {@code 1 − coverage} and list its part of {@code maxNodes}, both in proportion to the flow that
 * lands on it.
 */
final class NodeBudget {
  private final boolean everything;
  private final double coverage;
  private final int heldPositions;
  private double leakLeft;
  private int nodesLeft;
  private boolean stoppedByCount;

  private final int[][] given;

  private NodeBudget(
      double coverage, int maxNodes, int heldPositions, boolean everything, int[][] given) {
    this.given = given;
    this.everything = everything;
    this.heldPositions = heldPositions;
    this.coverage = coverage;
    this.leakLeft = 1 - coverage;
    this.nodesLeft = maxNodes;
  }

  /**
   * Lists until a share of the flow is covered, at most this many neurons.
   *
   * @param heldPositions positions from the first whose neurons are held as constants and never
   *     listed; flow that ends in them is counted apart from what leaks
   */
  static NodeBudget of(double coverage, int maxNodes, int heldPositions) {
    return new NodeBudget(coverage, maxNodes, heldPositions, false, new int[0][]);
  }

  /** Lists every neuron at every position, whatever its flow. */
  static NodeBudget everything() {
    return new NodeBudget(1, Integer.MAX_VALUE, 0, true, new int[0][]);
  }

  /** Lists none. */
  static NodeBudget nothing() {
    return new NodeBudget(0, 0, 0, false, new int[0][]);
  }

  /**
   * Lists the places that an earlier sweep has listed in each layer, without making them targets.
   */
  static NodeBudget only(int[][] places) {
    return new NodeBudget(0, 0, 0, true, places);
  }

  /** Whether the list is given beforehand. */
  boolean isGiven() {
    return given.length > 0;
  }

  /** What to list in a layer. */
  int[] given(int layer) {
    return given[layer].clone();
  }

  int heldPositions() {
    return heldPositions;
  }

  boolean listsEverything() {
    return everything;
  }

  /** Whether nothing is ever listed. */
  boolean listsNothing() {
    return (!everything && coverage == 0) || isGiven();
  }

  /** Whether some layer could list fewer neurons than coverage asked for. */
  boolean stoppedByCount() {
    return stoppedByCount;
  }

  /**
   * Most neurons that a layer may list.
   *
   * @param landed flow that lands on the layer
   * @param below flow still expected to land on it and on lower layers
   */
  int quota(double landed, double below) {
    double share = below <= 0 ? 1 : Math.min(1, landed / below);
    return (int) Math.min(nodesLeft, Math.ceil(nodesLeft * share));
  }

  /**
   * Most flow that a layer may leak.
   *
   * @param landed flow that lands on the layer
   * @param inTransit flow that reaches the layer or anything below it
   */
  double leak(double landed, double inTransit) {
    return Math.max(0, leakLeft) * (inTransit <= 0 ? 1 : Math.min(1, landed / inTransit));
  }

  /**
   * A layer has listed so many neurons and leaked so much, where it was allowed {@code allowed}.
   */
  void spend(int nodes, double leaked, double allowed) {
    nodesLeft -= nodes;
    leakLeft -= leaked;
    stoppedByCount |= leaked > allowed && coverage > 0;
  }
}
