package dev.loupe.instrument.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StrongestPathsTest {
  /** A path found by trying all; {@code effect} is what the source adds to the logit along it. */
  private record Tried(List<Integer> nodes, double share, double effect) {}

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void findsWhatTryingAllPathsFinds(long seed) {
    AttributionGraph graph = RandomGraph.of(seed);
    PrunedGraph whole = new GraphPruner(1, 1).prune(graph);
    List<Tried> all = new ArrayList<>();
    for (int node = 0; node < graph.nodes().size(); node++) {
      if (graph.nodes().get(node) instanceof Node.Logit logit) {
        tryAll(graph, whole, new Tried(List.of(node), logit.weight(), 1), all);
      }
    }
    all.sort(Comparator.comparingDouble(path -> -path.share()));
    List<StrongestPaths.Path> found = StrongestPaths.of(graph, whole, 20);
    assertEquals(Math.min(20, all.size()), found.size());
    for (int i = 0; i < found.size(); i++) {
      assertEquals(all.get(i).share(), found.get(i).share(), 1e-12);
      assertEquals(all.get(i).nodes(), found.get(i).nodes());
      assertEquals(Math.signum(all.get(i).effect()), found.get(i).sign());
    }
  }

  private static void tryAll(
      AttributionGraph graph, PrunedGraph whole, Tried path, List<Tried> all) {
    int top = path.nodes().getFirst();
    Node node = graph.nodes().get(top);
    if (node instanceof Node.Token || node instanceof Node.PositionEmbedding) {
      all.add(path);
    }
    for (PrunedGraph.Edge edge : whole.edges()) {
      if (edge.target() == top) {
        List<Integer> nodes = new ArrayList<>(path.nodes());
        nodes.addFirst(edge.source());
        // What a neuron passes on is linear in its value: each input carries its part of it.
        double part = graph.edges().weight(top, edge.source());
        part /= node instanceof Node.Feature neuron ? neuron.value() : 1;
        tryAll(
            graph, whole, new Tried(nodes, path.share() * edge.share(), path.effect() * part), all);
      }
    }
  }

  @Test
  void sharesOfAllPathsSumToTheFlowFromTokensAndPositions() {
    AttributionGraph graph = RandomGraph.of(9);
    List<StrongestPaths.Path> all =
        StrongestPaths.of(graph, new GraphPruner(1, 1).prune(graph), 100_000);
    GraphScores scores = GraphScores.of(graph);
    double weight = 0.7f + (double) 0.2f;
    assertEquals(
        scores.listedShare() * weight,
        all.stream().mapToDouble(StrongestPaths.Path::share).sum(),
        1e-9);
    assertTrue(all.stream().anyMatch(path -> path.sign() < 0));
    assertTrue(all.stream().anyMatch(path -> path.sign() > 0));
  }
}
