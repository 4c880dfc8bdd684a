package dev.loupe.instrument.trace;

import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * How much of the explained logits runs through each node, over all paths: {@code w (B + B² + …)}
 * where row t of B is the mass of t's edges divided by their sum, and w the logits' weights
 * (Ameisen et al. 2025). Edges lead from earlier layers to later ones only, so one pass from the
 * logits down gives the whole series exactly.
 */
final class NodeInfluence {
  /** Below this sum a row counts as empty, as in the field's reference. */
  static final double SMALLEST_ROW = 1e-10;

  private final AttributionGraph graph;
  private final int[] targets;
  private final double[] rowSums;
  private final double[] weights;

  /** Prepares sums of rows; {@link #of} may then be asked several times. */
  NodeInfluence(AttributionGraph graph) {
    this.graph = graph;
    this.targets = targetsFromTheTop(graph);
    this.rowSums = new double[graph.nodes().size()];
    for (int target : targets) {
      double sum = 0;
      for (int source = 0; source < rowSums.length; source++) {
        sum += graph.edges().mass(target, source);
      }
      rowSums[target] = sum;
    }
    this.weights = logitWeights(graph.nodes());
  }

  /** The mass of all edges into each node; 0 for nodes that are not targets. */
  double[] rowSums() {
    return rowSums;
  }

  /** The explained share of each logit, 0 elsewhere. */
  double[] weights() {
    return weights;
  }

  /** The edge's share of its target's absolute input, in the whole graph. */
  double share(int target, int source) {
    return graph.edges().mass(target, source) / Math.max(rowSums[target], SMALLEST_ROW);
  }

  /** Nodes with incoming edges, latest layer first: none has an edge from one before it. */
  int[] targets() {
    return targets;
  }

  /** Influence of each node in the whole graph. Logits have none. */
  double[] of() {
    double[] influence = new double[rowSums.length];
    for (int target : targets) {
      double flow = influence[target] + weights[target];
      if (flow != 0) {
        double scale = flow / Math.max(rowSums[target], SMALLEST_ROW);
        for (int source = 0; source < influence.length; source++) {
          influence[source] += scale * graph.edges().mass(target, source);
        }
      }
    }
    return influence;
  }

  private static int[] targetsFromTheTop(AttributionGraph graph) {
    List<Node> nodes = graph.nodes();
    return IntStream.range(0, nodes.size())
        .filter(graph.edges()::isTarget)
        .boxed()
        .sorted(Comparator.comparingInt(node -> -layer(nodes.get(node))))
        .mapToInt(Integer::intValue)
        .toArray();
  }

  private static int layer(Node node) {
    return switch (node) {
      case Node.Feature neuron -> neuron.layer();
      case Node.Logit _ -> Integer.MAX_VALUE;
      case Node.ReconstructionError _,
          Node.Token _,
          Node.PositionEmbedding _,
          Node.EmbeddingBias _,
          Node.AttentionBias _,
          Node.MlpBias _,
          Node.OwnBias _,
          Node.Remainder _ ->
          throw new IllegalArgumentException(node + " cannot have incoming edges");
    };
  }

  private static double[] logitWeights(List<Node> nodes) {
    double[] weights = new double[nodes.size()];
    for (int node = 0; node < weights.length; node++) {
      if (nodes.get(node) instanceof Node.Logit logit) {
        weights[node] = logit.weight();
      }
    }
    return weights;
  }
}
