package dev.loupe.instrument.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GraphPrunerTest {
  private static final Node.Feature EARLY = new Node.Feature(0, 0, 0, 1, 2, 0.5f);
  private static final Node.Feature LATE = new Node.Feature(1, 0, 0, 1, -2, 0.5f);

  /** Token feeds early and late, early feeds late, all but the token feed the logit. */
  private static AttributionGraph byHand() {
    List<Node> nodes =
        List.of(
            EARLY,
            LATE,
            new Node.Token(0, 5),
            new Node.Remainder(0, 0, 9),
            new Node.Logit(1, -1, 0.5f, 4, 0.5f));
    float[][] rows = {
      {0, 0, 2, 0, 0}, {-3, 0, 1, 0, 0}, {}, {}, {1, 6, 0, -3, 0},
    };
    float[][] masses = {
      {0}, {0}, {}, {}, {5}
    }; // unlisted magnitudes do not count: the signed sum does
    return new AttributionGraph(nodes, new EdgeMatrix(rows, masses, 3));
  }

  @Test
  void influenceIsTheSumOverAllPaths() {
    double[] influence = new NodeInfluence(byHand()).of();
    // The logit's shares: 0.1 early, 0.6 late, 0.3 remainder; late's: 0.75 early, 0.25 token.
    assertEquals(0.5 * (0.1 + 0.6 * 0.75), influence[0], 1e-12);
    assertEquals(0.5 * 0.6, influence[1], 1e-12);
    assertEquals(0.5 * (0.1 + 0.6), influence[2], 1e-12);
    assertEquals(0.5 * 0.3, influence[3], 1e-12);
    assertEquals(0, influence[4], 0);
  }

  @Test
  void scoresFollowTheirDefinition() {
    GraphScores scores = GraphScores.of(byHand());
    assertEquals(0.7, scores.replacement(), 1e-12);
    assertEquals(0.7, scores.tokenShare(), 1e-12);
    assertEquals(0.3, scores.remainderShare(), 1e-12);
    assertEquals(0.7, scores.listedShare(), 1e-12);
    assertEquals(0, scores.biasShare());
    double flow = 0.275 + 0.3 + 0.35 + 0.15 + 0.5;
    assertEquals((flow - 0.3 * 0.5) / flow, scores.completeness(), 1e-12);
  }

  @Test
  void dropsANodeThatLostItsEdges() {
    // Influence falls from token to late, early, remainder: 0.8 keeps the first three.
    PrunedGraph pruned = new GraphPruner(0.8, 0.8).prune(byHand());
    assertTrue(pruned.keptFirst(0));
    assertFalse(pruned.keptFirst(3));
    // The strongest edges: token to early, late to logit, early to late; early to logit goes.
    assertEquals(
        List.of("0<2", "1<0", "4<1"),
        pruned.edges().stream().map(edge -> edge.target() + "<" + edge.source()).toList());
    // With only the strongest edge left, nothing leads on from it, and both neurons go.
    PrunedGraph sparse = new GraphPruner(0.8, 0.1).prune(byHand());
    assertEquals(2, sparse.shownNodes());
    assertEquals(List.of(), sparse.edges());
  }

  @Test
  void refusesThresholdsThatAreNoShares() {
    assertThrows(IllegalArgumentException.class, () -> new GraphPruner(1.1, 0.98));
    assertThrows(IllegalArgumentException.class, () -> new GraphPruner(0.8, Double.NaN));
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void sharesSumToOne(long seed) {
    GraphScores scores = GraphScores.of(RandomGraph.of(seed));
    assertEquals(
        1,
        scores.tokenShare() + scores.positionShare() + scores.biasShare() + scores.remainderShare(),
        1e-12);
    assertTrue(scores.replacement() >= 0 && scores.replacement() <= 1);
    assertTrue(scores.completeness() >= 0 && scores.completeness() <= 1);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void whatPruningLeftIsNotPrunedFurther(long seed) {
    AttributionGraph graph = RandomGraph.of(seed);
    PrunedGraph once = GraphPruner.USUAL.prune(graph);
    PrunedGraph twice = new GraphPruner(1, 1).prune(only(graph, once));
    assertEquals(pairs(once), pairs(twice));
    for (int node = 0; node < graph.nodes().size(); node++) {
      assertEquals(once.shows(node), twice.shows(node), "node " + node);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void higherThresholdsKeepMore(long seed) {
    AttributionGraph graph = RandomGraph.of(seed);
    PrunedGraph few = new GraphPruner(0.6, 0.9).prune(graph);
    PrunedGraph moreNodes = new GraphPruner(0.9, 0.9).prune(graph);
    PrunedGraph moreEdges = new GraphPruner(0.6, 0.99).prune(graph);
    for (int node = 0; node < graph.nodes().size(); node++) {
      assertTrue(!few.keptFirst(node) || moreNodes.keptFirst(node), "node " + node);
      assertTrue(!few.shows(node) || moreEdges.shows(node), "node " + node);
    }
    assertTrue(pairs(moreEdges).containsAll(pairs(few)));
    assertTrue(pairs(moreEdges).size() > pairs(few).size());
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void theOrderOfNeuronsAndLogitsDoesNotMatter(long seed) {
    AttributionGraph graph = RandomGraph.of(seed);
    int size = graph.nodes().size();
    int neurons = RandomGraph.LAYERS * RandomGraph.POSITIONS * 3;
    // Reversed within the neurons and within the logits; remainders stay in one run.
    int[] from = new int[size];
    for (int node = 0; node < size; node++) {
      from[node] =
          node < neurons ? neurons - 1 - node : node >= size - 2 ? 2 * size - 3 - node : node;
    }
    PrunedGraph straight = GraphPruner.USUAL.prune(graph);
    PrunedGraph permuted = GraphPruner.USUAL.prune(permute(graph, from));
    for (int node = 0; node < size; node++) {
      assertEquals(straight.influence(from[node]), permuted.influence(node), 1e-12);
      assertEquals(straight.shows(from[node]), permuted.shows(node), "node " + node);
    }
    assertEquals(
        pairs(straight),
        new HashSet<>(
            permuted.edges().stream()
                .map(edge -> List.of(from[edge.target()], from[edge.source()]))
                .toList()));
  }

  private static Set<List<Integer>> pairs(PrunedGraph pruned) {
    return new HashSet<>(
        pruned.edges().stream().map(edge -> List.of(edge.target(), edge.source())).toList());
  }

  /** The graph with the edges that pruning left, and no others. */
  private static AttributionGraph only(AttributionGraph graph, PrunedGraph pruned) {
    int size = graph.nodes().size();
    float[][] rows = new float[size][0];
    for (int target = 0; target < size; target++) {
      if (graph.edges().isTarget(target)) {
        rows[target] = new float[size];
      }
    }
    for (PrunedGraph.Edge edge : pruned.edges()) {
      rows[edge.target()][edge.source()] = graph.edges().mass(edge.target(), edge.source());
    }
    return new AttributionGraph(graph.nodes(), new EdgeMatrix(rows, new float[size][0], size));
  }

  private static AttributionGraph permute(AttributionGraph graph, int[] from) {
    int firstRemainder = 0;
    while (!(graph.nodes().get(firstRemainder) instanceof Node.Remainder)) {
      firstRemainder++;
    }
    int remainders = RandomGraph.LAYERS * RandomGraph.POSITIONS;
    List<Node> nodes = new ArrayList<>();
    float[][] rows = new float[from.length][0];
    float[][] masses = new float[from.length][0];
    for (int target = 0; target < from.length; target++) {
      nodes.add(graph.nodes().get(from[target]));
      if (graph.edges().isTarget(from[target])) {
        rows[target] = new float[from.length];
        masses[target] = new float[remainders];
        for (int source = 0; source < from.length; source++) {
          rows[target][source] = graph.edges().weight(from[target], from[source]);
          int remainder = source - firstRemainder;
          if (remainder >= 0 && remainder < remainders) {
            masses[target][remainder] = graph.edges().mass(from[target], from[source]);
          }
        }
      }
    }
    return new AttributionGraph(nodes, new EdgeMatrix(rows, masses, firstRemainder));
  }
}
