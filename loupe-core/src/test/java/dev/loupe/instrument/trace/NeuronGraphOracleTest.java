package dev.loupe.instrument.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.loupe.model.Transformer;
import dev.loupe.model.load.LoadOptions;
import dev.loupe.model.load.ModelLoader;
import dev.loupe.model.run.FrozenRun;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Safetensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Graphs in the neuron basis, every unit listed, against the float64 reference of the fixtures. */
@Tag("oracle")
class NeuronGraphOracleTest {
  private static final Path FOLDER =
      Path.of(System.getProperty("loupe.oracles", "../../shared/oracles"), "attribution");

  @TestFactory
  List<DynamicTest> everyNeuronCaseEqualsItsReference() throws IOException {
    assumeTrue(Files.isDirectory(FOLDER), "no attribution fixtures under " + FOLDER);
    List<DynamicTest> tests = new ArrayList<>();
    try (Stream<Path> files = Files.list(FOLDER)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".json")).sorted().toList()) {
        JsonNode description = JsonMapper.shared().readTree(file.toFile());
        if (!description.path("dictionary_kind").asString("").equals("neurons")) {
          continue;
        }
        for (int prompt = 0; prompt < description.get("prompts").size(); prompt++) {
          for (DType dtype : List.of(DType.F64, DType.F32)) {
            int index = prompt;
            tests.add(
                DynamicTest.dynamicTest(
                    file.getFileName() + " p" + prompt + " " + dtype,
                    () -> check(file, description, index, dtype)));
          }
        }
      }
    }
    assumeTrue(!tests.isEmpty(), "no case with the neuron basis under " + FOLDER);
    return tests;
  }

  private static void check(Path file, JsonNode description, int prompt, DType dtype) {
    JsonNode expected = description.get("prompts").get(prompt);
    int[] ids = new int[expected.get("tokens").size()];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = expected.get("tokens").get(i).asInt();
    }
    String name = file.getFileName().toString().replace(".json", ".safetensors");
    try (Safetensors reference = Safetensors.open(FOLDER.resolve(name));
        Transformer model =
            ModelLoader.transformer(
                FOLDER.resolve(description.get("model").asString()), LoadOptions.of(dtype));
        FrozenRun run = FrozenRun.of(model, ids);
        LogitTargets targets = LogitTargets.of(model, run, ids.length - 1, List.of())) {
      List<Integer> tokens = targets.nodes().stream().map(Node.Logit::token).toList();
      assertEquals(
          expected.get("logit_tokens").valueStream().map(JsonNode::asInt).toList(), tokens);
      EdgeSweep sweep =
          new EdgeSweep(
              model,
              run,
              null,
              NodeBudget.everything(),
              MassProfile.flat(model.config().layers()),
              _ -> {});
      AttributionGraph graph =
          GraphAssembler.assemble(model.config(), run, sweep.run(targets, ids.length - 1));

      int nodes = expected.get("n_nodes").asInt();
      assertEquals(nodes, graph.nodes().size());
      float[] adjacency = values(reference, "p" + prompt + ".adjacency");
      float[] values = values(reference, "p" + prompt + ".target.value");
      double tolerance = dtype == DType.F64 ? 1e-6 : 1e-4;
      int targetRow = 0;
      for (int target = 0; target < nodes; target++) {
        double sum = 0;
        for (int source = 0; source < nodes; source++) {
          float edge = graph.edges().weight(target, source);
          assertEquals(
              adjacency[target * nodes + source],
              edge,
              tolerance,
              graph.nodes().get(target) + " from " + graph.nodes().get(source));
          sum += edge;
        }
        if (graph.edges().isTarget(target)) {
          float value = values[targetRow++];
          assertEquals(value, Node.targetValue(graph.nodes().get(target)), tolerance);
          assertEquals(value, sum, 1e-4 * Math.max(1, Math.abs(value)), "sum of the edges");
        }
      }
      assertTrue(targetRow == values.length, "targets checked: " + targetRow);
    }
  }

  private static float[] values(Safetensors file, String name) {
    return Objects.requireNonNull(file.tensors().get(name), name).toFloats();
  }
}
