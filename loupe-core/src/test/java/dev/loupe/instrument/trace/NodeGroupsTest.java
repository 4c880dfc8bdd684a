package dev.loupe.instrument.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class NodeGroupsTest {
  /** Neurons of layer 0 by what they add to two logits; the last stands at another position. */
  private static AttributionGraph graph(float[]... intoLogits) {
    List<Node> nodes = new ArrayList<>();
    int neurons = intoLogits.length;
    for (int unit = 0; unit < neurons; unit++) {
      nodes.add(new Node.Feature(0, unit == neurons - 1 ? 1 : 0, unit, 1, 1, 1));
    }
    nodes.add(new Node.Token(0, 3));
    nodes.add(new Node.Logit(1, -1, 0.5f, 1, 0.5f));
    nodes.add(new Node.Logit(2, -1, 0.5f, 1, 0.5f));
    float[][] rows = new float[nodes.size()][0];
    for (int target = 0; target < nodes.size(); target++) {
      if (!(nodes.get(target) instanceof Node.Token)) {
        rows[target] = new float[nodes.size()];
      }
    }
    for (int unit = 0; unit < neurons; unit++) {
      rows[unit][neurons] = 1;
      rows[neurons + 1][unit] = intoLogits[unit][0];
      rows[neurons + 2][unit] = intoLogits[unit][1];
    }
    return new AttributionGraph(
        nodes, new EdgeMatrix(rows, new float[nodes.size()][0], nodes.size()));
  }

  private static List<List<Integer>> groups(AttributionGraph graph, double cosine) {
    return NodeGroups.of(graph, new GraphPruner(1, 1).prune(graph), cosine);
  }

  @Test
  void mergesWhatPointsTheSameWayAtOnePlace() {
    AttributionGraph graph =
        graph(
            new float[] {1, 1},
            new float[] {-2, -2},
            new float[] {3, 2.9f},
            new float[] {-1, -1.1f},
            new float[] {1, 1});
    assertEquals(List.of(List.of(0, 2), List.of(1, 3)), groups(graph, 0.95));
  }

  @Test
  void everyTwoMembersAreAlike() {
    // Each is 40 degrees from the next; the ends are 80 degrees apart.
    double[] angles = {0, 40, 80};
    float[][] vectors = new float[4][];
    for (int i = 0; i < 3; i++) {
      double radians = Math.toRadians(angles[i]);
      vectors[i] = new float[] {(float) Math.cos(radians), (float) Math.sin(radians)};
    }
    // Keeps the two logits' inputs equal, so that shares are in proportion to weights.
    float sum0 = vectors[0][0] + vectors[1][0] + vectors[2][0];
    float sum1 = vectors[0][1] + vectors[1][1] + vectors[2][1];
    vectors[3] = new float[] {10 - sum0, 10 - sum1};
    AttributionGraph graph = graph(vectors);
    assertEquals(1, groups(graph, 0.7).size());
    assertEquals(2, groups(graph, 0.7).getFirst().size());
    assertEquals(List.of(List.of(0, 1, 2)), groups(graph, 0.15));
    assertEquals(List.of(), groups(graph, 0.8));
  }

  @Test
  void refusesACosineThatGroupsOpposites() {
    AttributionGraph graph = graph(new float[] {1, 1}, new float[] {1, 1});
    assertThrows(IllegalArgumentException.class, () -> groups(graph, 0));
  }
}
