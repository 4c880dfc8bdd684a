package dev.loupe.dictionary;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.OracleFiles;
import dev.loupe.dictionary.format.DictionaryFiles;
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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The reference dictionaries and neurons, against an independent implementation in float64. */
@Tag("oracle")
class DictionaryOracleTest {
  @TempDir Path folder;

  record Case(Path json, DType dtype) {
    JsonNode settings() {
      return JsonMapper.shared().readTree(json.toFile());
    }

    /** Rounding of products of 32 terms of size up to some tens. */
    double tolerance() {
      return dtype == DType.F64 ? 1e-9 : 1e-4;
    }

    @Override
    public String toString() {
      return json.getFileName() + " " + dtype;
    }
  }

  private static List<Path> list(String relative) throws IOException {
    try (Stream<Path> files = Files.list(OracleFiles.at(relative))) {
      return files.sorted().toList();
    }
  }

  private static Stream<Case> cases() throws IOException {
    return list("attribution").stream()
        .filter(file -> file.toString().endsWith(".json"))
        .flatMap(json -> Stream.of(new Case(json, DType.F64), new Case(json, DType.F32)));
  }

  @Test
  void everyDictionaryHasACase() throws IOException {
    Set<String> used = new TreeSet<>();
    cases()
        .map(one -> one.settings().path("dictionary").asString(""))
        .forEach(name -> used.add(name.replaceFirst(".*/", "")));
    for (Path dictionary : list("attribution/dictionaries")) {
      assertTrue(used.contains(dictionary.getFileName().toString()), dictionary.toString());
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void agreesWithTheReference(Case one) {
    JsonNode settings = one.settings();
    Path root = OracleFiles.at("attribution");
    String stem = one.json().getFileName().toString().replaceFirst("\\.json$", "");
    try (var _ = NativeScope.open();
        Safetensors expected = Safetensors.open(root.resolve(stem + ".safetensors"));
        Transformer model =
            ModelLoader.transformer(
                root.resolve(settings.path("model").asString()), LoadOptions.of(one.dtype()));
        FeatureBasis basis = basis(root, settings.path("dictionary").asString(""), model, one)) {
      for (int prompt = 0; prompt < settings.path("prompts").size(); prompt++) {
        boolean zeroed =
            settings.path("prompts").path(prompt).path("zero_first_position").asBoolean();
        compare(basis, expected, "p" + prompt + ".", zeroed ? 1 : 0, one);
      }
    }
  }

  private static FeatureBasis basis(Path root, String dictionary, Transformer model, Case one) {
    if (dictionary.isEmpty()) {
      return NeuronBasis.of(model);
    }
    Dictionary opened = DictionaryFiles.open(root.resolve(dictionary), Optional.empty());
    ModelMatch.require(
        opened, one.settings().path("model").asString(), model, () -> "not asked", false);
    return opened.computingIn(one.dtype());
  }

  private static void compare(
      FeatureBasis basis, Safetensors expected, String prompt, int from, Case one) {
    double tolerance = one.tolerance();
    Tensor inputs = tensor(expected, prompt + "encoder_input");
    Map<Integer, SparseActivations> active = new HashMap<>();
    for (int layer : basis.layers()) {
      Tensor input = inputs.select(0, layer).to(one.dtype());
      active.put(layer, basis.encode(layer, input));
      assertClose(
          tensor(expected, prompt + "feature_preactivations").select(0, layer),
          basis.preActivations(layer, input),
          tolerance);
      Tensor activations = tensor(expected, prompt + "feature_activations").select(0, layer);
      assertClose(activations, active.get(layer).dense(one.dtype()), tolerance);
      assertGainsAndRows(basis, layer, active.get(layer), input, tolerance);
    }
    boolean hasErrors = expected.find(prompt + "error_vectors").isPresent();
    for (int layer : basis.layers()) {
      Tensor input = inputs.select(0, layer).to(one.dtype());
      Tensor out = tensor(expected, prompt + "mlp_out").select(0, layer);
      Tensor reconstruction = basis.reconstruct(layer, active::get, input);
      Tensor error = out.minus(reconstruction.to(DType.F64));
      Tensor wanted =
          hasErrors
              ? tensor(expected, prompt + "error_vectors").select(0, layer)
              : Tensor.zeros(DType.F64, error.shape());
      int to = error.size(0);
      assertClose(wanted.slice(0, from, to), error.slice(0, from, to), tolerance);
      Optional<StoredTensor> skipped = expected.find(prompt + "skip_out");
      assertTrue(skipped.isPresent() == basis.skip(layer).isPresent());
      if (skipped.isPresent()) {
        assertClose(
            tensor(expected, prompt + "skip_out").select(0, layer),
            input.linear(basis.skip(layer).orElseThrow(), null),
            tolerance);
      }
    }
  }

  /** The rows that instruments use give the pre-activations of the active features again. */
  private static void assertGainsAndRows(
      FeatureBasis basis, int layer, SparseActivations active, Tensor input, double tolerance) {
    assertFalse(active.count() == 0);
    int last = active.positions() - 1;
    int from = active.start(last);
    int to = active.start(last + 1);
    int[] features = active.features(from, to).toArray();
    if (features.length == 0) {
      return;
    }
    double[] pre =
        input
            .slice(0, last, last + 1)
            .linear(basis.encoderRows(layer, features), basis.encoderBiases(layer, features))
            .toDoubles();
    double[] bounds = basis.thresholds(layer, features).toDoubles();
    for (int i = from; i < to; i++) {
      assertTrue(Math.abs(pre[i - from] - active.preActivation(i)) <= tolerance);
      assertTrue(active.preActivation(i) > bounds[i - from]);
    }
  }

  private static Tensor tensor(Safetensors file, String name) {
    StoredTensor stored = file.get(name);
    return Tensor.mapped(stored.bytes(), stored.dtype(), stored.sizes());
  }

  private static void assertClose(Tensor expected, Tensor actual, double tolerance) {
    assertArrayEquals(expected.shape(), actual.shape());
    assertArrayEquals(expected.toDoubles(), actual.toDoubles(), tolerance);
  }

  @Test
  void everyDictionaryIsWrittenAgainAsItWas() throws IOException {
    for (Path source : list("attribution/dictionaries")) {
      Path copy = folder.resolve(source.getFileName().toString());
      try (Dictionary original = DictionaryFiles.open(source, Optional.empty())) {
        DictionaryFiles.write(original, copy, original.info().format());
        try (Dictionary again = DictionaryFiles.open(copy, Optional.empty())) {
          SameDictionary.assertSame(original, again);
        }
      }
    }
  }
}
