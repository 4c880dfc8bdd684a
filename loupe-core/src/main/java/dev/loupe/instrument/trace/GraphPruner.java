package dev.loupe.instrument.trace;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * Prunes a graph to what a picture can show, by the field's rules (Ameisen et al. 2025): the nodes
 * that carry most of the influence, then the edges that carry most of the flow between them, then
 * nodes that lost their edges go. Tokens, positions, biases and logits always stay; remainder nodes
 * compete like error nodes do in a dictionary's graph.
 *
 * @param nodeThreshold share of the influence that the kept nodes hold, the field's 0.8
 * @param edgeThreshold share of the flow that the kept edges hold, the field's 0.98
 * @param maxEdges most edges kept, the strongest; a picture of a dense graph can show only so many
 */
public record GraphPruner(double nodeThreshold, double edgeThreshold, int maxEdges) {
  /** The field's thresholds. */
  public static final GraphPruner USUAL = new GraphPruner(0.8, 0.98);

  public GraphPruner {
    if (!(nodeThreshold >= 0 && nodeThreshold <= 1 && edgeThreshold >= 0 && edgeThreshold <= 1)) {
      throw new IllegalArgumentException(
          "thresholds " + nodeThreshold + " and " + edgeThreshold + " are not shares");
    }
  }

  /** Without a cap on edges. */
  public GraphPruner(double nodeThreshold, double edgeThreshold) {
    this(nodeThreshold, edgeThreshold, Integer.MAX_VALUE);
  }

  /** Selects nodes and edges. */
  public PrunedGraph prune(AttributionGraph graph) {
    NodeInfluence flow = new NodeInfluence(graph);
    double[] influence = flow.of();
    boolean[] nodes = new boolean[influence.length];
    double lowest = threshold(influence, nodeThreshold);
    for (int node = 0; node < nodes.length; node++) {
      nodes[node] = influence[node] >= lowest || !mayGo(graph.nodes().get(node));
    }
    boolean[] firstNodes = nodes.clone();
    List<PrunedGraph.Edge> edges = edges(graph, flow, nodes);
    List<PrunedGraph.Edge> strongest = strongest(edges);
    return new PrunedGraph(
        influence,
        Arrays.stream(flow.weights()).sum(),
        cumulative(influence),
        firstNodes,
        nodes,
        dropLoose(graph, nodes, strongest),
        edges.size() - strongest.size());
  }

  /** Scores all edges twice, to hold only their scores until it is known which ones stay. */
  private List<PrunedGraph.Edge> edges(
      AttributionGraph graph, NodeInfluence flow, boolean[] nodes) {
    DoubleStream.Builder scores = DoubleStream.builder();
    score(graph, flow, nodes, (_, _, score) -> scores.add(score));
    double lowest = threshold(scores.build().toArray(), edgeThreshold);
    List<PrunedGraph.Edge> kept = new ArrayList<>();
    score(
        graph,
        flow,
        nodes,
        (target, source, score) -> {
          if (score >= lowest) {
            kept.add(new PrunedGraph.Edge(target, source, flow.share(target, source), score));
          }
        });
    kept.sort(
        Comparator.comparingInt(PrunedGraph.Edge::target)
            .thenComparingInt(PrunedGraph.Edge::source));
    return kept;
  }

  private interface ScoredEdge {
    void accept(int target, int source, double score);
  }

  private static void score(
      AttributionGraph graph, NodeInfluence flow, boolean[] nodes, ScoredEdge each) {
    int[] shown = IntStream.range(0, nodes.length).filter(node -> nodes[node]).toArray();
    double[] influence = new double[nodes.length];
    for (int target : flow.targets()) {
      if (nodes[target]) {
        double through = influence[target] + flow.weights()[target];
        double sum = 0;
        for (int source : shown) {
          sum += graph.edges().mass(target, source);
        }
        double scale = through / Math.max(sum, NodeInfluence.SMALLEST_ROW);
        for (int source : shown) {
          double score = scale * graph.edges().mass(target, source);
          influence[source] += score;
          if (score > 0) {
            each.accept(target, source, score);
          }
        }
      }
    }
  }

  private List<PrunedGraph.Edge> strongest(List<PrunedGraph.Edge> edges) {
    if (edges.size() <= maxEdges) {
      return edges;
    }
    return edges.stream()
        .sorted(Comparator.comparingDouble(edge -> -edge.score()))
        .limit(maxEdges)
        .sorted(
            Comparator.comparingInt(PrunedGraph.Edge::target)
                .thenComparingInt(PrunedGraph.Edge::source))
        .toList();
  }

  /** Removes, until nothing changes, what has no way on to a logit or nothing that feeds it. */
  private static List<PrunedGraph.Edge> dropLoose(
      AttributionGraph graph, boolean[] nodes, List<PrunedGraph.Edge> edges) {
    List<PrunedGraph.Edge> kept = edges;
    boolean changed = true;
    while (changed) {
      boolean[] feeds = new boolean[nodes.length];
      boolean[] isFed = new boolean[nodes.length];
      for (PrunedGraph.Edge edge : kept) {
        feeds[edge.source()] = true;
        isFed[edge.target()] = true;
      }
      changed = false;
      for (int node = 0; node < nodes.length; node++) {
        boolean needsInput = graph.nodes().get(node) instanceof Node.Feature;
        boolean isLoose = !feeds[node] || (needsInput && !isFed[node]);
        if (nodes[node] && mayGo(graph.nodes().get(node)) && isLoose) {
          nodes[node] = false;
          changed = true;
        }
      }
      kept = kept.stream().filter(edge -> nodes[edge.target()] && nodes[edge.source()]).toList();
    }
    return kept;
  }

  private static boolean mayGo(Node node) {
    return switch (node) {
      case Node.Feature _, Node.ReconstructionError _, Node.Remainder _ -> true;
      case Node.Token _,
          Node.PositionEmbedding _,
          Node.EmbeddingBias _,
          Node.AttentionBias _,
          Node.MlpBias _,
          Node.OwnBias _,
          Node.Logit _ ->
          false;
    };
  }

  /** The score at which the running share of the sorted scores first reaches {@code share}. */
  private static double threshold(double[] scores, double share) {
    double[] rising = scores.clone();
    Arrays.sort(rising);
    double total = 0;
    for (int i = rising.length - 1; i >= 0; i--) {
      total += rising[i];
    }
    double running = 0;
    for (int i = rising.length - 1; i >= 0 && share < 1; i--) {
      running += rising[i];
      if (running / total >= share) {
        return rising[i];
      }
    }
    return Double.MIN_VALUE;
  }

  private static double[] cumulative(double[] influence) {
    List<Integer> falling =
        IntStream.range(0, influence.length)
            .boxed()
            .sorted(Comparator.comparingDouble(node -> -influence[node]))
            .toList();
    double total = falling.stream().mapToDouble(node -> influence[node]).sum();
    double[] cumulative = new double[influence.length];
    double running = 0;
    for (int node : falling) {
      running += influence[node];
      cumulative[node] = total > 0 ? running / total : 0;
    }
    return cumulative;
  }
}
