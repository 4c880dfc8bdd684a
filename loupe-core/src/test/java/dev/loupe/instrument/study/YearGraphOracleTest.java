package dev.loupe.instrument.study;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.loupe.OracleFiles;
import dev.loupe.dictionary.Dictionary;
import dev.loupe.dictionary.FeatureBasis;
import dev.loupe.dictionary.NeuronBasis;
import dev.loupe.dictionary.format.DictionaryFiles;
import dev.loupe.model.ModelFixture;
import dev.loupe.model.Transformer;
import dev.loupe.model.generate.YearTokens;
import dev.loupe.model.load.LoadOptions;
import dev.loupe.model.load.ModelLoader;
import dev.loupe.report.Evidence;
import dev.loupe.tensor.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Attributions are what taking features away does, in the fixtures' dictionaries and families. */
@Tag("oracle")
class YearGraphOracleTest {
  private static final int LENGTH = 9;

  /** Edges are kept in float32. */
  private static final double TOLERANCE = 1e-6;

  @TestFactory
  List<DynamicTest> inEveryDictionary() throws IOException {
    List<DynamicTest> tests = new ArrayList<>();
    Path root = OracleFiles.at("attribution");
    try (Stream<Path> folders = Files.list(root.resolve("dictionaries"))) {
      for (Path folder : folders.sorted().toList()) {
        String family = folder.getFileName().toString().split("-", 2)[0];
        Path model = root.resolve("models").resolve(family + "-tiny");
        if (Files.isDirectory(model)) {
          tests.add(
              DynamicTest.dynamicTest(
                  folder.getFileName().toString(), () -> checkDictionary(model, folder)));
        }
      }
    }
    assumeFalse(tests.isEmpty(), "no dictionary with its model under " + root);
    return tests;
  }

  private static void checkDictionary(Path folder, Path dictionary) {
    try (Transformer model = ModelLoader.transformer(folder, LoadOptions.of(DType.F64));
        Dictionary opened = DictionaryFiles.open(dictionary, Optional.empty())) {
      check(model, opened.computingIn(DType.F64));
    }
  }

  static Stream<Path> models() {
    return ModelFixture.folders().stream();
  }

  @ParameterizedTest
  @MethodSource("models")
  void inTheNeuronsOfEveryFamily(Path folder) {
    try (Transformer model = ModelLoader.transformer(folder, LoadOptions.of(DType.F64))) {
      assumeTrue(NeuronBasis.suits(model), "neurons without a fixed direction");
      check(model, NeuronBasis.of(model));
    }
  }

  private static void check(Transformer model, FeatureBasis basis) {
    int vocabulary = model.config().vocabulary();
    int[] ids = new Random(4).ints(LENGTH, 0, vocabulary).toArray();
    YearTokens years =
        YearTokens.of(
            IntStream.range(0, YearTokens.YEARS).map(i -> i < vocabulary ? i : -1).toArray());
    YearPrompt prompt = new YearPrompt(new Asked("", "", 40), ids, 4, ids);
    try (YearGraph graph = new YearGraph(model, basis, years)) {
      Evidence evidence =
          new EdgeTest(model, basis, years)
              .check(prompt, graph.of(prompt, null, true), graph.years());
      assertTrue(evidence.measured().value() <= TOLERANCE, evidence.toString());
    }
  }
}
