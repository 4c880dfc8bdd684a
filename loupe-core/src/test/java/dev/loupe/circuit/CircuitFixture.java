package dev.loupe.circuit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.loupe.OracleFiles;
import dev.loupe.dictionary.Dictionary;
import dev.loupe.dictionary.FeatureAt;
import dev.loupe.dictionary.format.DictionaryFiles;
import dev.loupe.file.JsonText;
import dev.loupe.model.Transformer;
import dev.loupe.model.load.LoadOptions;
import dev.loupe.model.load.ModelLoader;
import dev.loupe.task.Metric;
import dev.loupe.task.TokenPair;
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
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import tools.jackson.databind.JsonNode;

/** One model of the circuits' fixtures, in one type, with its dictionaries and prompts. */
final class CircuitFixture implements AutoCloseable {
  final JsonNode json;
  final DType dtype;
  final Transformer model;
  final Dictionary basis;
  private final Safetensors expected;
  private final Map<String, Reference> references = new HashMap<>();

  private CircuitFixture(Path root, String name, DType dtype) {
    this.json = JsonText.mapper().readTree(root.resolve(name + ".json").toFile());
    this.dtype = dtype;
    this.expected = Safetensors.open(root.resolve(name + ".safetensors"));
    this.model = ModelLoader.transformer(root.resolve("models/" + name), LoadOptions.of(dtype));
    this.basis =
        DictionaryFiles.open(root.resolve("saes/" + name), Optional.empty()).computingIn(dtype);
  }

  interface Check {
    void run(CircuitFixture fixture, int prompt);
  }

  /** One test for each model, type and prompt that has all detail. */
  static List<DynamicTest> each(Check check) throws IOException {
    return each(check, 2);
  }

  static List<DynamicTest> each(Check check, int prompts) throws IOException {
    Path root = OracleFiles.at("circuits");
    List<DynamicTest> tests = new ArrayList<>();
    try (Stream<Path> files = Files.list(root.resolve("models"))) {
      for (Path file : files.sorted().toList()) {
        String name = file.getFileName().toString();
        if (!Files.exists(root.resolve(name + ".json"))) {
          continue;
        }
        for (DType dtype : List.of(DType.F64, DType.F32)) {
          for (int prompt = 0; prompt < prompts; prompt++) {
            int number = prompt;
            tests.add(
                DynamicTest.dynamicTest(
                    name + " " + dtype + " p" + prompt,
                    () -> {
                      try (var fixture = new CircuitFixture(root, name, dtype)) {
                        check.run(fixture, number);
                      }
                    }));
          }
        }
      }
    }
    assumeFalse(tests.isEmpty(), "no circuits under " + root);
    return tests;
  }

  /** The README's: of effects and activations. */
  double tolerance() {
    return dtype == DType.F64 ? 1e-9 : 2e-4;
  }

  /** The README's: of curves. */
  double curveTolerance() {
    return dtype == DType.F64 ? 1e-9 : 1e-3;
  }

  JsonNode prompt(int number) {
    return json.get("prompts").get(number);
  }

  TokenPair pair(int number) {
    JsonNode prompt = prompt(number);
    return new TokenPair(
        ids(prompt.get("clean")),
        Optional.of(ids(prompt.get("corrupted"))),
        new int[] {prompt.get("answer").asInt()},
        new int[] {prompt.get("foil").asInt()});
  }

  static int[] ids(JsonNode node) {
    return node.valueStream().mapToInt(JsonNode::asInt).toArray();
  }

  List<FeatureAt> nodes(int number) {
    return nodes("p" + number + ".nodes");
  }

  private List<FeatureAt> nodes(String name) {
    int[] flat = ints(name);
    return IntStream.range(0, flat.length / 3)
        .mapToObj(i -> FeatureAt.of(flat[3 * i], flat[3 * i + 2], flat[3 * i + 1]))
        .toList();
  }

  int[] ints(String name) {
    return Arrays.stream(doubles(name)).mapToInt(value -> (int) value).toArray();
  }

  double[] doubles(String name) {
    try (var _ = NativeScope.open()) {
      StoredTensor stored = expected.get(name);
      return Tensor.mapped(stored.bytes(), stored.dtype(), stored.sizes())
          .to(DType.F64)
          .toDoubles();
    }
  }

  /** A row of a matrix of so many columns. */
  static double[] row(double[] flat, int row, int columns) {
    return Arrays.copyOfRange(flat, row * columns, (row + 1) * columns);
  }

  PromptRun clean(int number) {
    return PromptRun.of(model, basis, pair(number).clean());
  }

  /** The reference of a mode, for one prompt. */
  Reference reference(String mode, int number) {
    return references.computeIfAbsent(
        mode + (mode.equals("patch") ? number : ""),
        _ ->
            switch (mode) {
              case "zero" -> Reference.zero(basis);
              case "patch" -> Reference.twin(model, basis, pair(number).twin());
              default -> Reference.mean(model, basis, prompts(), mode.equals("mean_pos"));
            });
  }

  private List<int[]> prompts() {
    int length = pair(0).length();
    int[] flat = ints("reference_tokens");
    return IntStream.range(0, flat.length / length)
        .mapToObj(i -> Arrays.copyOfRange(flat, i * length, (i + 1) * length))
        .toList();
  }

  double metric(double[] logits, int number) {
    return Metric.LOGIT_DIFFERENCE.value(logits, pair(number), logits);
  }

  static Errors errors(String name) {
    return switch (name) {
      case "keep" -> Errors.KEPT;
      case "remove" -> Errors.REMOVED;
      default -> Errors.ABLATED;
    };
  }

  static void assertClose(double[] expected, double[] actual, double tolerance, String what) {
    assertEquals(expected.length, actual.length, what);
    for (int i = 0; i < expected.length; i++) {
      assertEquals(expected[i], actual[i], tolerance, what + " " + i);
    }
  }

  @Override
  public void close() {
    references.values().forEach(Reference::close);
    expected.close();
    basis.close();
    model.close();
  }
}
