package dev.loupe.instrument.trace;

import java.util.List;

/**
 * What a picture of a graph shows, and how much each node and edge counts. Node numbers are those
 * of the graph.
 */
public final class PrunedGraph {
  private final double[] influence;
  private final double explained;
  private final double[] cumulative;
  private final boolean[] firstNodes;
  private final boolean[] nodes;
  private final List<Edge> edges;
  private final int edgesOverCap;

  PrunedGraph(
      double[] influence,
      double explained,
      double[] cumulative,
      boolean[] firstNodes,
      boolean[] nodes,
      List<Edge> edges,
      int edgesOverCap) {
    this.influence = influence;
    this.explained = explained;
    this.cumulative = cumulative;
    this.firstNodes = firstNodes;
    this.nodes = nodes;
    this.edges = List.copyOf(edges);
    this.edgesOverCap = edgesOverCap;
  }

  /**
   * A shown edge.
   *
   * @param share of its target's absolute input, in the whole graph
   * @param score its share of its target's shown input, times the flow through that target
   */
  public record Edge(int target, int source, double share, double score) {}

  /** How much of the explained logits runs through the node, in the whole graph. */
  public double influence(int node) {
    return influence[node];
  }

  /** The part of the answer that runs through the node: its influence over the logits' weight. */
  public double share(int node) {
    return explained > 0 ? influence[node] / explained : 0;
  }

  /** The influence of the node and of all above it, as a share of the sum over nodes. */
  public double cumulative(int node) {
    return cumulative[node];
  }

  /** Whether the node threshold kept the node, before nodes that lost their edges went. */
  public boolean keptFirst(int node) {
    return firstNodes[node];
  }

  /** Whether the node is shown. */
  public boolean shows(int node) {
    return nodes[node];
  }

  /** Edges within the threshold that the cap left out, the weakest. */
  public int edgesOverCap() {
    return edgesOverCap;
  }

  /** How many nodes are shown. */
  public int shownNodes() {
    int shown = 0;
    for (boolean node : nodes) {
      shown += node ? 1 : 0;
    }
    return shown;
  }

  /** The shown edges by (target, source). */
  public List<Edge> edges() {
    return edges;
  }
}
