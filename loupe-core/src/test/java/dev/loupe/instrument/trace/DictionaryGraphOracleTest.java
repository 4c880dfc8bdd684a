package dev.loupe.instrument.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.loupe.OracleFiles;
import dev.loupe.dictionary.Dictionary;
import dev.loupe.dictionary.LocalReplacement;
import dev.loupe.dictionary.format.DictionaryFiles;
import dev.loupe.model.Transformer;
import dev.loupe.model.load.LoadOptions;
import dev.loupe.model.load.ModelLoader;
import dev.loupe.model.run.FrozenRun;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Graphs in the basis of dictionaries, every active feature listed, against the float64 reference
 * of the fixtures: nodes, edges, what positions and biases contribute, pruning and scores.
 */
@Tag("oracle")
class DictionaryGraphOracleTest {
  @TestFactory
  List<DynamicTest> everyDictionaryCaseEqualsItsReference() throws IOException {
    List<DynamicTest> tests = new ArrayList<>();
    Path root = OracleFiles.at("attribution");
    try (Stream<Path> files = Files.list(root)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".json")).sorted().toList()) {
        JsonNode json = JsonMapper.shared().readTree(file.toFile());
        if (json.path("dictionary").asString("").isEmpty()) {
          continue;
        }
        String stem = file.getFileName().toString().replace(".json", "");
        for (int prompt = 0; prompt < json.get("prompts").size(); prompt++) {
          for (DType dtype : List.of(DType.F64, DType.F32)) {
            Case one = new Case(root, stem, json, prompt, dtype);
            tests.add(DynamicTest.dynamicTest(stem + " p" + prompt + " " + dtype, one::check));
          }
        }
      }
    }
    assumeFalse(tests.isEmpty(), "no case with a dictionary under " + root);
    return tests;
  }

  /** One prompt of one fixture. */
  private record Case(Path root, String stem, JsonNode json, int number, DType dtype) {
    JsonNode prompt() {
      return json.get("prompts").get(number);
    }

    int count(String what) {
      return prompt().get(what).asInt();
    }

    /** Edges are kept in float32 in either. */
    double tolerance() {
      return dtype == DType.F64 ? 1e-6 : 1e-4;
    }

    void check() throws IOException {
      StoredArrays arrays = new StoredArrays(root.resolve(stem + ".safetensors"));
      int[] ids = prompt().get("tokens").valueStream().mapToInt(JsonNode::asInt).toArray();
      try (Transformer model =
              ModelLoader.transformer(
                  root.resolve(json.get("model").asString()), LoadOptions.of(dtype));
          Dictionary opened =
              DictionaryFiles.open(
                  root.resolve(json.get("dictionary").asString()), Optional.empty());
          FrozenRun run = FrozenRun.of(model, ids, LocalReplacement.taps(opened));
          LocalReplacement replacement =
              LocalReplacement.of(
                  opened.computingIn(dtype),
                  run::at,
                  prompt().get("zero_first_position").asBoolean() ? 1 : 0);
          LogitTargets targets = LogitTargets.of(model, run, ids.length - 1, List.of())) {
        EdgeSweep sweep =
            new EdgeSweep(
                model,
                run,
                replacement,
                NodeBudget.everything(),
                MassProfile.flat(model.config().layers()),
                _ -> {});
        AttributionGraph graph =
            GraphAssembler.assemble(model.config(), run, sweep.run(targets, ids.length - 1));
        checkNodes(graph, arrays);
        AttributionGraph core = core(graph);
        checkEdges(core, arrays);
        checkContributions(graph, arrays, model.config().layers());
        checkPruning(core, arrays);
        assertReplayEqualsTheModel(model, run, replacement);
      }
    }

    private void checkNodes(AttributionGraph graph, StoredArrays arrays) {
      double[] active = arrays.get("p" + number + ".active_features");
      double[] values = arrays.get("p" + number + ".active_values");
      for (int i = 0; i < count("n_features"); i++) {
        Node.Feature feature = (Node.Feature) graph.nodes().get(i);
        assertEquals(active[3 * i], feature.layer());
        assertEquals(active[3 * i + 1], feature.position());
        assertEquals(active[3 * i + 2], feature.unit());
        assertEquals(values[i], feature.activation(), tolerance());
      }
      assertFalse(graph.nodes().get(count("n_features")) instanceof Node.Feature);
      assertEquals(
          prompt().get("logit_tokens").valueStream().map(JsonNode::asInt).toList(),
          graph.nodes().stream()
              .filter(Node.Logit.class::isInstance)
              .map(node -> ((Node.Logit) node).token())
              .toList());
    }

    private void checkEdges(AttributionGraph core, StoredArrays arrays) {
      int nodes = count("n_nodes");
      assertEquals(nodes, core.nodes().size());
      double[] adjacency = arrays.get("p" + number + ".adjacency");
      for (int target = 0; target < nodes; target++) {
        for (int source = 0; source < nodes; source++) {
          assertEquals(
              adjacency[target * nodes + source],
              core.edges().weight(target, source),
              tolerance(),
              core.nodes().get(target) + " from " + core.nodes().get(source));
        }
      }
    }

    /** What the reference keeps outside its matrix, and that rows close with it. */
    private void checkContributions(AttributionGraph graph, StoredArrays arrays, int layers) {
      List<Node> nodes = graph.nodes();
      int length = count("n_tokens");
      String prefix = "p" + number + ".target.";
      double[] norms = arrays.get(prefix + "norm_bias");
      double[] encoders = arrays.get(prefix + "encoder_bias");
      double[] values = arrays.get(prefix + "value");
      int row = 0;
      for (int target = 0; target < nodes.size(); target++) {
        if (graph.edges().isTarget(target)) {
          double sum = 0;
          for (int source = 0; source < nodes.size(); source++) {
            sum += graph.edges().weight(target, source);
          }
          assertEquals(values[row], Node.targetValue(nodes.get(target)), tolerance());
          assertEquals(values[row], sum, 1e-5 * Math.max(1, Math.abs(values[row])), "sum");
          assertEquals(
              norms[row] + encoders[row], weight(graph, target, new Node.OwnBias()), tolerance());
          compare(graph, arrays, target, row, "position", length, Node.PositionEmbedding::new);
          compare(graph, arrays, target, row, "attn_bias", layers, Node.AttentionBias::new);
          compare(graph, arrays, target, row, "mlp_bias", layers, Node.MlpBias::new);
          if (prompt().get("zero_first_position").asBoolean()) {
            for (int layer = 0; layer < layers; layer++) {
              double held = arrays.get(prefix + "zeroed")[row * layers + layer];
              assertEquals(held, remainder(graph, target, layer), tolerance());
            }
          }
          row++;
        }
      }
      assertEquals(values.length, row);
    }

    private void compare(
        AttributionGraph graph,
        StoredArrays arrays,
        int target,
        int row,
        String name,
        int columns,
        IntFunction<Node> node) {
      if (arrays.has("p" + number + ".target." + name)) {
        double[] expected = arrays.get("p" + number + ".target." + name);
        for (int i = 0; i < columns; i++) {
          assertEquals(
              expected[row * columns + i],
              weight(graph, target, node.apply(i)),
              tolerance(),
              name + " " + i);
        }
      }
    }

    private static double weight(AttributionGraph graph, int target, Node source) {
      return graph.edges().weight(target, graph.nodes().indexOf(source));
    }

    private static double remainder(AttributionGraph graph, int target, int layer) {
      return IntStream.range(0, graph.nodes().size())
          .filter(i ->
              graph.nodes().get(i) instanceof Node.Remainder r
                  && r.layer() == layer
                  && r.position() == 0)
          .mapToDouble(i -> graph.edges().weight(target, i))
          .sum();
    }

    private void checkPruning(AttributionGraph core, StoredArrays arrays) {
      String prefix = "p" + number + ".prune.";
      PrunedGraph pruned = GraphPruner.USUAL.prune(core);
      double[] influence = arrays.get(prefix + "influence");
      double[] first = arrays.get(prefix + "node_mask_first");
      double[] mask = arrays.get(prefix + "node_mask");
      for (int node = 0; node < influence.length; node++) {
        assertEquals(influence[node], pruned.influence(node), tolerance(), "influence " + node);
        assertEquals(first[node] != 0, pruned.keptFirst(node), "first mask " + node);
        assertEquals(mask[node] != 0, pruned.shows(node), "mask " + node);
      }
      double[] edges = arrays.get(prefix + "edges");
      List<List<Integer>> expected = new ArrayList<>();
      for (int i = 0; i < edges.length; i += 2) {
        expected.add(List.of((int) edges[i], (int) edges[i + 1]));
      }
      assertEquals(
          expected, pruned.edges().stream().map(e -> List.of(e.target(), e.source())).toList());
      GraphScores scores = GraphScores.of(core);
      assertEquals(prompt().get("replacement_score").asDouble(), scores.replacement(), tolerance());
      assertEquals(
          prompt().get("completeness_score").asDouble(), scores.completeness(), tolerance());
    }

    private void assertReplayEqualsTheModel(
        Transformer model, FrozenRun run, LocalReplacement replacement) {
      try (var _ = NativeScope.open()) {
        Tensor real = model.unembed(run.finalHidden());
        Tensor frozen = model.unembed(new FrozenReplay(model, run, replacement).finalHidden());
        double gap = frozen.minus(real).abs().max().item();
        assertTrue(gap < (dtype == DType.F64 ? 1e-9 : 1e-4), "gap " + gap);
      }
    }

    /** Features, errors, tokens and logits alone, which is what the reference's matrix has. */
    private static AttributionGraph core(AttributionGraph graph) {
      int[] chosen =
          IntStream.range(0, graph.nodes().size())
              .filter(node -> isCore(graph.nodes().get(node)))
              .toArray();
      float[][] rows = new float[chosen.length][0];
      for (int i = 0; i < chosen.length; i++) {
        if (graph.edges().isTarget(chosen[i])) {
          rows[i] = new float[chosen.length];
          for (int j = 0; j < chosen.length; j++) {
            rows[i][j] = graph.edges().weight(chosen[i], chosen[j]);
          }
        }
      }
      return new AttributionGraph(
          IntStream.of(chosen).mapToObj(graph.nodes()::get).toList(),
          new EdgeMatrix(rows, new float[chosen.length][0], chosen.length));
    }

    private static boolean isCore(Node node) {
      return switch (node) {
        case Node.Feature _, Node.ReconstructionError _, Node.Token _, Node.Logit _ -> true;
        case Node.PositionEmbedding _,
            Node.EmbeddingBias _,
            Node.AttentionBias _,
            Node.MlpBias _,
            Node.OwnBias _,
            Node.Remainder _ ->
            false;
      };
    }
  }
}
