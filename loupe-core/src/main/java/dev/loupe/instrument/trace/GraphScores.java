package dev.loupe.instrument.trace;

import java.util.List;
import java.util.stream.IntStream;

/**
 * How much of an answer a graph explains. The shares say where the flow into the logits comes from
 * in the end, and sum to 1.
 *
 * @param replacement influence of tokens over that of tokens, errors and remainder (the field's
 *     replacement score)
 * @param completeness mean over nodes, weighted by the flow through each, of the share of its input
 *     that is neither error nor remainder (the field's completeness score)
 * @param tokenShare flow that starts in tokens
 * @param positionShare flow that starts in position embeddings
 * @param biasShare flow that starts in biases of every kind
 * @param errorShare flow that ends in errors of a dictionary
 * @param remainderShare flow that ends in units that are not listed, or in listed ones without
 *     edges
 */
public record GraphScores(
    double replacement,
    double completeness,
    double tokenShare,
    double positionShare,
    double biasShare,
    double errorShare,
    double remainderShare) {

  /** The flow that listed nodes carry from the prompt's tokens and positions to the logits. */
  public double listedShare() {
    return tokenShare + positionShare;
  }

  /** Scores of the whole graph, before pruning. */
  public static GraphScores of(AttributionGraph graph) {
    NodeInfluence flow = new NodeInfluence(graph);
    double[] influence = flow.of();
    double tokens = 0;
    double positions = 0;
    double biases = 0;
    double errors = 0;
    double remainder = 0;
    double unfollowed = 0;
    List<Node> nodes = graph.nodes();
    for (int node = 0; node < influence.length; node++) {
      switch (nodes.get(node)) {
        case Node.Token _ -> tokens += influence[node];
        case Node.PositionEmbedding _ -> positions += influence[node];
        case Node.EmbeddingBias _, Node.AttentionBias _, Node.MlpBias _, Node.OwnBias _ ->
            biases += influence[node];
        case Node.ReconstructionError _ -> errors += influence[node];
        case Node.Remainder _ -> remainder += influence[node];
        case Node.Feature _ -> unfollowed += isEmpty(flow, node) ? influence[node] : 0;
        case Node.Logit _ -> {}
      }
    }
    double all = tokens + positions + biases + errors + remainder + unfollowed;
    return new GraphScores(
        share(tokens, tokens + errors + remainder, 1),
        completeness(graph, flow, influence),
        share(tokens, all, 0),
        share(positions, all, 0),
        share(biases, all, 0),
        share(errors, all, 0),
        share(remainder + unfollowed, all, 0));
  }

  private static double completeness(
      AttributionGraph graph, NodeInfluence flow, double[] influence) {
    int[] unexplained =
        IntStream.range(0, influence.length)
            .filter(node -> isUnexplained(graph.nodes().get(node)))
            .toArray();
    double all = 0;
    double complete = 0;
    for (int node = 0; node < influence.length; node++) {
      all += influence[node] + flow.weights()[node];
    }
    for (int node = 0; node < influence.length; node++) {
      double through = influence[node] + flow.weights()[node];
      double missing = 0;
      if (through > 0 && graph.edges().isTarget(node)) {
        for (int source : unexplained) {
          missing += flow.share(node, source);
        }
      }
      complete += (1 - missing) * through;
    }
    return share(complete, all, 1);
  }

  private static boolean isUnexplained(Node node) {
    return node instanceof Node.Remainder || node instanceof Node.ReconstructionError;
  }

  private static boolean isEmpty(NodeInfluence flow, int node) {
    return flow.rowSums()[node] < NodeInfluence.SMALLEST_ROW;
  }

  private static double share(double part, double whole, double ofNothing) {
    return whole > 0 ? part / whole : ofNothing;
  }
}
