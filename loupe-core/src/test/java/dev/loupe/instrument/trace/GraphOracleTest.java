package dev.loupe.instrument.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Influence, pruning and scores against the field's reference, from its stored edges. */
@Tag("oracle")
class GraphOracleTest {
  /** Edges are float32 here and float64 there. */
  private static final double TOLERANCE = 1e-6;

  @TestFactory
  Stream<DynamicTest> prunesLikeTheReference() throws IOException {
    return cases().stream()
        .map(each -> dynamicTest(each.toString(), () -> each.check("prune.", each.all())));
  }

  @TestFactory
  Stream<DynamicTest> prunesTheCoreLikeTheReference() throws IOException {
    return cases().stream()
        .filter(each -> each.arrays().has(each.prefix() + "prune_core.influence"))
        .map(each -> dynamicTest(each.toString(), () -> each.check("prune_core.", each.core())));
  }

  @TestFactory
  Stream<DynamicTest> scoresLikeTheReference() throws IOException {
    return cases().stream()
        .map(each ->
            dynamicTest(
                each.toString(),
                () -> {
                  GraphScores scores = GraphScores.of(each.graph(each.all()));
                  JsonNode expected = each.prompt();
                  assertEquals(
                      expected.get("replacement_score").asDouble(),
                      scores.replacement(),
                      TOLERANCE);
                  assertEquals(
                      expected.get("completeness_score").asDouble(),
                      scores.completeness(),
                      TOLERANCE);
                }));
  }

  private static List<Case> cases() throws IOException {
    Path folder =
        Path.of(System.getProperty("loupe.oracles", "../../shared/oracles"), "attribution");
    Assumptions.assumeTrue(Files.isDirectory(folder), "no fixtures in " + folder);
    List<Case> cases = new ArrayList<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(each -> each.toString().endsWith(".json")).sorted().toList()) {
        JsonNode json = new JsonMapper().readTree(Files.readString(file));
        String name = json.get("case").asString();
        StoredArrays arrays = new StoredArrays(folder.resolve(name + ".safetensors"));
        int layers = json.get("n_layers").asInt();
        for (int i = 0; i < json.get("prompts").size(); i++) {
          cases.add(new Case(name, "p" + i + ".", layers, json.get("prompts").get(i), arrays));
        }
      }
    }
    Assumptions.assumeFalse(cases.isEmpty(), "no cases in " + folder);
    return cases;
  }

  /** One prompt of one fixture. */
  private record Case(
      String name, String prefix, int layers, JsonNode prompt, StoredArrays arrays) {

    void check(String kind, int[] chosen) {
      PrunedGraph pruned = GraphPruner.USUAL.prune(graph(chosen));
      double[] influence = arrays.get(prefix + kind + "influence");
      double[] cumulative = arrays.get(prefix + kind + "cumulative");
      double[] first = arrays.get(prefix + kind + "node_mask_first");
      double[] mask = arrays.get(prefix + kind + "node_mask");
      for (int node = 0; node < chosen.length; node++) {
        assertEquals(influence[node], pruned.influence(node), TOLERANCE, "influence " + node);
        if (influence[node] > 0) {
          // Nodes without influence share their place in the order.
          assertEquals(cumulative[node], pruned.cumulative(node), TOLERANCE, "share " + node);
        }
        assertEquals(first[node] != 0, pruned.keptFirst(node), "first mask " + node);
        assertEquals(mask[node] != 0, pruned.shows(node), "mask " + node);
      }
      double[] expected = arrays.get(prefix + kind + "edges");
      List<List<Integer>> pairs = new ArrayList<>();
      for (int i = 0; i < expected.length; i += 2) {
        pairs.add(List.of((int) expected[i], (int) expected[i + 1]));
      }
      assertEquals(
          pairs,
          pruned.edges().stream().map(edge -> List.of(edge.target(), edge.source())).toList());
      if (arrays.has(prefix + kind + "edge_scores")) {
        double[] scores = arrays.get(prefix + kind + "edge_scores");
        for (int i = 0; i < scores.length; i++) {
          assertEquals(scores[i], pruned.edges().get(i).score(), TOLERANCE, "edge " + i);
        }
      }
    }

    int[] all() {
      return IntStream.range(0, count("n_nodes")).toArray();
    }

    /** Features, tokens and logits. */
    int[] core() {
      int before = count("n_features") + count("n_errors") + count("n_tokens");
      int logits = count("n_nodes") - count("n_logits");
      return IntStream.of(all()).filter(node -> node < before || node >= logits).toArray();
    }

    AttributionGraph graph(int[] chosen) {
      List<Node> all = nodes();
      int size = all.size();
      double[] adjacency = arrays.get(prefix + "adjacency");
      List<Node> nodes = new ArrayList<>();
      float[][] rows = new float[chosen.length][0];
      float[][] masses = new float[chosen.length][0];
      for (int i = 0; i < chosen.length; i++) {
        Node node = all.get(chosen[i]);
        nodes.add(node);
        if (node instanceof Node.Feature || node instanceof Node.Logit) {
          rows[i] = new float[chosen.length];
          for (int j = 0; j < chosen.length; j++) {
            rows[i][j] = (float) adjacency[chosen[i] * size + chosen[j]];
          }
          masses[i] = new float[count("n_errors")];
          for (int j = 0; j < masses[i].length; j++) {
            masses[i][j] = Math.abs(rows[i][count("n_features") + j]);
          }
        }
      }
      return new AttributionGraph(nodes, new EdgeMatrix(rows, masses, count("n_features")));
    }

    /** In the order of the fixture. */
    private List<Node> nodes() {
      List<Node> nodes = new ArrayList<>();
      double[] features = arrays.get(prefix + "active_features");
      double[] activations = arrays.get(prefix + "active_values");
      double[] values = arrays.get(prefix + "target.value");
      for (int i = 0; i < count("n_features"); i++) {
        nodes.add(
            new Node.Feature(
                (int) features[3 * i],
                (int) features[3 * i + 1],
                (int) features[3 * i + 2],
                (float) activations[i],
                (float) values[i],
                (float) (activations[i] / values[i])));
      }
      int positions = count("n_tokens");
      for (int i = 0; i < count("n_errors"); i++) {
        nodes.add(new Node.ReconstructionError(i / positions, i % positions));
      }
      for (int i = 0; i < positions; i++) {
        nodes.add(new Node.Token(i, prompt.get("tokens").get(i).asInt()));
      }
      for (int i = 0; i < count("n_position_nodes"); i++) {
        nodes.add(new Node.PositionEmbedding(i));
      }
      if (count("n_bias_nodes") > 0) {
        for (int layer = 0; layer < layers; layer++) {
          nodes.add(new Node.AttentionBias(layer));
        }
        for (int layer = 0; layer < layers; layer++) {
          nodes.add(new Node.MlpBias(layer));
        }
        nodes.add(new Node.OwnBias());
      }
      for (int i = 0; i < count("n_logits"); i++) {
        float probability = prompt.get("logit_probabilities").get(i).floatValue();
        int token = prompt.get("logit_tokens").get(i).asInt();
        float value = (float) values[count("n_features") + i];
        nodes.add(new Node.Logit(token, -1, probability, value, probability));
      }
      assertEquals(count("n_nodes"), nodes.size());
      return nodes;
    }

    private int count(String name) {
      return prompt.get(name).asInt();
    }

    @Override
    public String toString() {
      return prefix + name;
    }
  }
}
