package dev.loupe.dictionary;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.loupe.OracleFiles;
import dev.loupe.dictionary.format.DictionaryFiles;
import dev.loupe.model.Hooks;
import dev.loupe.model.TokenBatch;
import dev.loupe.model.Transformer;
import dev.loupe.model.load.LoadOptions;
import dev.loupe.model.load.ModelLoader;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Safetensors;
import dev.loupe.tensor.StoredTensor;
import dev.loupe.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Interventions in every mode and basis of the fixtures, against their float64 reference. */
@Tag("oracle")
class InterventionOracleTest {
  private static final Map<String, Freezing> MODES =
      Map.of(
          "direct", Freezing.DIRECT,
          "attn_ln_frozen", Freezing.ATTENTION_AND_NORMS,
          "attn_frozen", Freezing.ATTENTION,
          "none_frozen", Freezing.NOTHING,
          "constrained_first", Freezing.CONSTRAINED);

  @TestFactory
  List<DynamicTest> everyModeEqualsItsReference() throws IOException {
    List<DynamicTest> tests = new ArrayList<>();
    Path root = OracleFiles.at("attribution");
    try (Stream<Path> files = Files.list(root)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".json")).sorted().toList()) {
        JsonNode json = JsonMapper.shared().readTree(file.toFile());
        String stem = file.getFileName().toString().replace(".json", "");
        for (DType dtype : List.of(DType.F64, DType.F32)) {
          tests.add(
              DynamicTest.dynamicTest(stem + " " + dtype, () -> check(root, stem, json, dtype)));
        }
      }
    }
    assumeFalse(tests.isEmpty(), "no attribution cases under " + root);
    return tests;
  }

  private static void check(Path root, String stem, JsonNode json, DType dtype) {
    String dictionary = json.path("dictionary").asString("");
    try (var _ = NativeScope.open();
        Safetensors expected = Safetensors.open(root.resolve(stem + ".safetensors"));
        Transformer model =
            ModelLoader.transformer(
                root.resolve(json.get("model").asString()), LoadOptions.of(dtype));
        FeatureBasis basis =
            dictionary.isEmpty()
                ? NeuronBasis.of(model)
                : DictionaryFiles.open(root.resolve(dictionary), Optional.empty())
                    .computingIn(dtype)) {
      for (int prompt = 0; prompt < json.get("prompts").size(); prompt++) {
        checkPrompt(expected, model, basis, json.get("prompts").get(prompt), "p" + prompt, dtype);
      }
    }
  }

  private static void checkPrompt(
      Safetensors expected,
      Transformer model,
      FeatureBasis basis,
      JsonNode prompt,
      String prefix,
      DType dtype) {
    double tolerance = dtype == DType.F64 ? 1e-9 : 1e-4;
    int[] ids = prompt.get("tokens").valueStream().mapToInt(JsonNode::asInt).toArray();
    JsonNode interventions = prompt.get("interventions");
    List<List<FeatureChange>> rows = new ArrayList<>();
    for (JsonNode feature : interventions.get("features")) {
      for (JsonNode value : feature.get("values")) {
        rows.add(
            List.of(
                FeatureChange.at(
                    feature.get("layer").asInt(),
                    feature.get("position").asInt(),
                    feature.get("feature").asInt(),
                    new FeatureChange.Action.Set(value.asDouble()))));
      }
    }
    Tensor last = tensor(expected, prefix + ".intervention.logits_last");
    Tensor all = tensor(expected, prefix + ".intervention.logits_all");
    List<String> whole =
        interventions.get("all_position_modes").valueStream().map(JsonNode::asString).toList();
    try (UnchangedRun unchanged = UnchangedRun.of(model, basis, Freezing.DIRECT, ids)) {
      int mode = 0;
      for (JsonNode name : interventions.get("modes")) {
        Freezing freezing = Objects.requireNonNull(MODES.get(name.asString()));
        Hooks hooks = FeatureHooks.of(model, basis, rows, freezing, unchanged);
        Map<Integer, Tensor> inputs = new HashMap<>();
        for (int layer : basis.layers()) {
          hooks =
              hooks.and(
                  Hooks.observe(
                      basis.reads(layer), value -> inputs.put(layer, value.copy().retain())));
        }
        Tensor logits = model.logits(batch(ids, rows.size()), hooks);
        int vocabulary = logits.size(2);
        assertArrayEquals(
            last.select(0, mode).toDoubles(),
            logits.select(1, ids.length - 1L).toDoubles(),
            tolerance,
            name.asString());
        if (whole.contains(name.asString())) {
          assertArrayEquals(
              all.select(0, whole.indexOf(name.asString())).toDoubles(),
              logits.reshape(rows.size(), ids.length, vocabulary).toDoubles(),
              Math.max(tolerance, 1e-5), // kept in float32
              name.asString());
        }
        if (freezing == Freezing.DIRECT) {
          checkPreActivations(
              tensor(expected, prefix + ".intervention.direct_preactivations")
                  .reshape(rows.size(), prompt.get("n_features").asInt()),
              tensor(expected, prefix + ".active_features"),
              basis,
              inputs,
              tolerance);
        }
        inputs.values().forEach(Tensor::close);
        mode++;
      }
      assertEquals(Freezing.values().length, mode);
    }
  }

  private static void checkPreActivations(
      Tensor expected,
      Tensor active,
      FeatureBasis basis,
      Map<Integer, Tensor> inputs,
      double tolerance) {
    double[] places = active.toDoubles();
    for (int row = 0; row < expected.size(0); row++) {
      double[] wanted = expected.select(0, row).toDoubles();
      Map<Integer, double[]> pre = new HashMap<>();
      for (int i = 0; i < wanted.length; i++) {
        int layer = (int) places[3 * i];
        int copy = row;
        double[] values =
            pre.computeIfAbsent(
                layer,
                each ->
                    basis
                        .preActivations(
                            each, Objects.requireNonNull(inputs.get(each)).select(0, copy))
                        .toDoubles());
        int position = (int) places[3 * i + 1];
        int at = position * basis.features(layer) + (int) places[3 * i + 2];
        assertEquals(wanted[i], values[at], tolerance);
      }
    }
  }

  private static TokenBatch batch(int[] ids, int copies) {
    int[][] rows = new int[copies][];
    Arrays.fill(rows, ids);
    return TokenBatch.of(rows);
  }

  private static Tensor tensor(Safetensors file, String name) {
    StoredTensor stored = file.get(name);
    return Tensor.mapped(stored.bytes(), stored.dtype(), stored.sizes());
  }
}
