package dev.loupe.instrument.trace;

import java.util.List;

/**
 * Nodes and their direct effects on each other, host data only.
 *
 * @param nodes features by (layer, position, unit), errors by (layer, position), tokens, positions,
 *     embedding bias, attention biases, MLP biases, own bias, remainders by (layer, position),
 *     logits; kinds that a model lacks are left out
 * @param edges {@code A[target, source]} over {@code nodes}
 */
public record AttributionGraph(List<Node> nodes, EdgeMatrix edges) {
  public AttributionGraph {
    nodes = List.copyOf(nodes);
    if (nodes.size() != edges.size()) {
      throw new IllegalArgumentException(nodes.size() + " nodes, " + edges.size() + " rows");
    }
  }
}
