package dev.loupe.geometry;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.OracleFiles;
import dev.loupe.dictionary.Dictionary;
import dev.loupe.dictionary.format.DictionaryFiles;
import dev.loupe.model.Hooks;
import dev.loupe.model.Site;
import dev.loupe.model.Tap;
import dev.loupe.model.TokenBatch;
import dev.loupe.model.Transformer;
import dev.loupe.model.load.LoadOptions;
import dev.loupe.model.load.ModelLoader;
import dev.loupe.statistics.LogisticFit;
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
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Every figure of {@code geometry.json}, made by an independent implementation in float64. */
@Tag("oracle")
class GeometryOracleTest {
  private static final double TOLERANCE = 1e-9;
  private static final double ALL = Double.NEGATIVE_INFINITY;

  /** One set of reference data. */
  private record Reference(Path folder, JsonNode json, Safetensors file) implements AutoCloseable {
    static Reference open(Path json) {
      String name = json.toString().replace(".json", ".safetensors");
      return new Reference(
          json.toAbsolutePath().getParent(),
          JsonMapper.shared().readTree(json.toFile()),
          Safetensors.open(Path.of(name)));
    }

    double[] values(String name) {
      StoredTensor stored = file.tensors().get(name);
      try (var _ = NativeScope.open()) {
        return Tensor.mapped(stored.bytes(), stored.dtype(), stored.sizes()).toDoubles();
      }
    }

    double[][] matrix(String name) {
      double[] all = values(name);
      int width = Math.toIntExact(file.tensors().get(name).shape().getLast());
      return IntStream.range(0, all.length / width)
          .mapToObj(row -> Arrays.copyOfRange(all, row * width, (row + 1) * width))
          .toArray(double[][]::new);
    }

    int length() {
      return Math.toIntExact(file.tensors().get("tokens").shape().get(1));
    }

    ActivationTable table(String name) {
      return ActivationTable.dense(matrix("acts." + name), length());
    }

    /** Decoder rows of a dictionary that the settings name, in float64. */
    Tensor decoder(JsonNode name) {
      try (Dictionary dictionary =
              DictionaryFiles.open(folder.resolve(name.asString()), Optional.empty())
                  .computingIn(DType.F64);
          var scope = NativeScope.open()) {
        int layer = dictionary.layers().getFirst();
        return scope.keep(
            dictionary
                .decoderRows(
                    layer,
                    dictionary.writes(layer).getFirst(),
                    IntStream.range(0, dictionary.features(layer)).toArray())
                .copy());
      }
    }

    /** What a dictionary does on all tokens. */
    ActivationTable encoded(JsonNode name) {
      try (Dictionary dictionary =
              DictionaryFiles.open(folder.resolve(name.asString()), Optional.empty())
                  .computingIn(DType.F64);
          Transformer model = model();
          var _ = NativeScope.open()) {
        int layer = dictionary.layers().getFirst();
        double[][] all = {};
        double[][][] into = {all};
        Hooks hooks =
            Hooks.observe(
                dictionary.reads(layer),
                read -> {
                  var active = dictionary.encode(layer, read.reshape(-1, read.size(-1)));
                  double[] dense = active.dense(DType.F64).toDoubles();
                  int width = dictionary.features(layer);
                  into[0] =
                      IntStream.range(0, dense.length / width)
                          .mapToObj(i -> Arrays.copyOfRange(dense, i * width, (i + 1) * width))
                          .toArray(double[][]::new);
                });
        model.hidden(tokens(), hooks, null);
        return ActivationTable.dense(into[0], length());
      }
    }

    TokenBatch tokens() {
      return TokenBatch.of(
          Stream.of(matrix("tokens"))
              .map(row -> Arrays.stream(row).mapToInt(id -> (int) id).toArray())
              .toArray(int[][]::new));
    }

    Transformer model() {
      return ModelLoader.transformer(
          folder.resolve("models").resolve(json.path("model").asString()),
          LoadOptions.of(DType.F64));
    }

    @Override
    public void close() {
      file.close();
    }
  }

  private static Stream<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(OracleFiles.at("circuits"))) {
      return files.filter(file -> file.toString().endsWith("geometry.json")).toList().stream();
    }
  }

  private static int[] ints(JsonNode numbers) {
    return numbers.valueStream().mapToInt(JsonNode::asInt).toArray();
  }

  @ParameterizedTest
  @MethodSource("files")
  void correlationsAndBestPartners(Path file) {
    try (Reference reference = Reference.open(file)) {
      for (String tag : List.of("same_model", "other_model")) {
        JsonNode json = reference.json().path(tag);
        Correlations correlations = correlations(reference, tag);
        double[][] expected = reference.matrix(tag + ".correlation");
        correlations.forEachRow(
            (row, values) -> assertArrayEquals(expected[row], values, TOLERANCE));
        Matching matching = Matching.of(correlations, ALL);
        assertArrayEquals(ints(json.path("best_of_rows")), matching.ofRows());
        assertArrayEquals(ints(json.path("best_of_columns")), matching.ofColumns());
        assertArrayEquals(
            reference.values(tag + ".best_row_value"), matching.rowValues(), TOLERANCE);
        assertArrayEquals(
            reference.values(tag + ".best_column_value"), matching.columnValues(), TOLERANCE);
        assertEquals(json.path("mean_best").asDouble(), matching.meanBest(), TOLERANCE);
        assertEquals(
            json.path("mutual")
                .valueStream()
                .map(pair -> List.of(ints(pair)[0], ints(pair)[1]))
                .toList(),
            matching.mutual().stream().map(pair -> List.of(pair.row(), pair.column())).toList());
        assertAssignment(json.path("assignment"), matching, reference.matrix(tag + ".correlation"));
      }
    }
  }

  private static Correlations correlations(Reference reference, String tag) {
    return Correlations.of(
        reference.table("A"), reference.table(tag.equals("same_model") ? "B" : tag));
  }

  private static void assertAssignment(JsonNode json, Matching matching, double[][] matrix) {
    Assignment assignment = matching.assignment();
    int[] rows = ints(json.path("rows"));
    int[] columns = ints(json.path("columns"));
    List<Matching.Pair> pairs = assignment.pairs();
    assertArrayEquals(rows, pairs.stream().mapToInt(Matching.Pair::row).toArray());
    assertArrayEquals(columns, pairs.stream().mapToInt(Matching.Pair::column).toArray());
    assertEquals(json.path("value").asDouble(), assignment.sum(), TOLERANCE);
    assertEquals(json.path("mean").asDouble(), assignment.mean(), TOLERANCE);
    double[] u = assignment.rowPotentials();
    double[] v = assignment.columnPotentials();
    for (int row = 0; row < u.length; row++) {
      for (int column = 0; column < v.length; column++) {
        assertTrue(u[row] + v[column] >= matrix[row][column] - TOLERANCE);
      }
    }
    pairs.forEach(pair -> assertEquals(u[pair.row()] + v[pair.column()], pair.value(), TOLERANCE));
  }

  @ParameterizedTest
  @MethodSource("files")
  void cosinesAndTheirAssignment(Path file) {
    try (Reference reference = Reference.open(file);
        var _ = NativeScope.open()) {
      JsonNode names = reference.json().path("dictionaries");
      JsonNode json = reference.json().path("same_model");
      Cosines cosines =
          Cosines.of(reference.decoder(names.path("A")), reference.decoder(names.path("B")));
      double[][] expected = reference.matrix("same_model.cosine");
      cosines.forEachRow((row, values) -> assertArrayEquals(expected[row], values, TOLERANCE));
      Matching matching = Matching.of(cosines, ALL);
      assertEquals(json.path("mean_best_cosine").asDouble(), matching.meanBest(), TOLERANCE);
      assertAssignment(json.path("assignment_cosine"), matching, expected);
    }
  }

  @ParameterizedTest
  @MethodSource("files")
  void permutedTextsAndTokens(Path file) {
    try (Reference reference = Reference.open(file)) {
      for (String tag : List.of("same_model", "other_model")) {
        for (String kind : List.of("rows", "tokens")) {
          String name = tag + ".null." + kind;
          JsonNode json = reference.json().path(tag).path("null").path(kind);
          List<int[]> orders =
              Stream.of(reference.matrix(name + ".permutations"))
                  .map(order -> Arrays.stream(order).mapToInt(at -> (int) at).toArray())
                  .toList();
          Correlations correlations = correlations(reference, tag);
          Matching observed = Matching.of(correlations, ALL);
          PermutedTexts chance = PermutedTexts.of(correlations, orders, ALL, observed, _ -> {});
          assertArrayEquals(reference.values(name + ".mean_best"), chance.meanBest(), TOLERANCE);
          assertArrayEquals(
              reference.values(name + ".assignment_mean"), chance.assigned(), TOLERANCE);
          // The reference rounded these to float32.
          assertArrayEquals(reference.values(name + ".p_each_row"), chance.rowP(), 1e-7);
          assertEquals(
              json.path("mean_best_p").asDouble(),
              PermutedTexts.p(observed.meanBest(), chance.meanBest()),
              TOLERANCE);
          assertEquals(
              json.path("assignment_p").asDouble(),
              PermutedTexts.p(observed.assignment().mean(), chance.assigned()),
              TOLERANCE);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("files")
  void pairedDirections(Path file) {
    try (Reference reference = Reference.open(file);
        var _ = NativeScope.open()) {
      JsonNode names = reference.json().path("dictionaries");
      for (String tag : List.of("same_model", "other_model")) {
        JsonNode json = reference.json().path(tag).path("paired");
        double least = json.path("least_correlation").asDouble();
        Matching matching = Matching.of(correlations(reference, tag), ALL);
        int[] rows =
            IntStream.range(0, matching.rowValues().length)
                .filter(row -> matching.rowValues()[row] > least)
                .toArray();
        int[] columns = Arrays.stream(rows).map(row -> matching.ofRows()[row]).toArray();
        Tensor a = reference.decoder(names.path("A")).indexSelect(0, Tensor.indices(rows));
        Tensor all = reference.decoder(names.path(tag.equals("same_model") ? "B" : tag));
        Tensor b = all.indexSelect(0, Tensor.indices(columns));
        PairedDirections.Svcca svcca = PairedDirections.svcca(a, b, 0.99);
        assertArrayEquals(ints(json.path("svcca_components")), svcca.components());
        assertArrayEquals(
            reference.values(tag + ".svcca.correlations"), svcca.correlations(), TOLERANCE);
        assertEquals(json.path("svcca").asDouble(), svcca.mean(), TOLERANCE);
        assertEquals(json.path("rsa").asDouble(), PairedDirections.rsa(a, b), TOLERANCE);
        double[] chance =
            Stream.of(reference.matrix(tag + ".paired_null.permutations"))
                .mapToDouble(order -> {
                  int[] shuffled = Arrays.stream(order).mapToInt(at -> columns[(int) at]).toArray();
                  Tensor other = all.indexSelect(0, Tensor.indices(shuffled));
                  return PairedDirections.svcca(a, other, 0.99).mean();
                })
                .toArray();
        assertArrayEquals(reference.values(tag + ".paired_null.svcca"), chance, TOLERANCE);
        assertEquals(
            json.path("svcca_p").asDouble(), PermutedTexts.p(svcca.mean(), chance), TOLERANCE);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("files")
  void splitting(Path file) {
    try (Reference reference = Reference.open(file);
        var _ = NativeScope.open()) {
      JsonNode json = reference.json().path("splitting");
      List<JsonNode> names =
          reference.json().path("dictionaries").path("sizes").valueStream().toList();
      List<Tensor> decoders = names.stream().map(reference::decoder).toList();
      List<ActivationTable> tables = names.stream().map(reference::encoded).toList();
      List<Splitting> levels = new ArrayList<>();
      for (int i = 0; i + 1 < names.size(); i++) {
        JsonNode level = json.path("levels").path(i);
        String tag = "splitting.%d-%d.".formatted(i, i + 1);
        Cosines cosines = Cosines.of(decoders.get(i + 1), decoders.get(i));
        double[][] expected = reference.matrix(tag + "cosine");
        cosines.forEachRow((row, values) -> assertArrayEquals(expected[row], values, TOLERANCE));
        Splitting splitting = Splitting.of(cosines);
        levels.add(splitting);
        assertArrayEquals(ints(level.path("parent_cosine")), splitting.parents());
        Correlations correlations = Correlations.of(tables.get(i + 1), tables.get(i));
        double[][] correlation = reference.matrix(tag + "correlation");
        correlations.forEachRow(
            (row, values) -> assertArrayEquals(correlation[row], values, TOLERANCE));
        int[] byCorrelation = Splitting.of(correlations).parents();
        assertArrayEquals(ints(level.path("parent_correlation")), byCorrelation);
        assertEquals(
            level.path("agree").asDouble(),
            Splitting.agreement(splitting.parents(), byCorrelation),
            TOLERANCE);
        double[][] containment = reference.matrix(tag + "containment");
        double[][] found = correlations.containment();
        for (int row = 0; row < found.length; row++) {
          assertArrayEquals(containment[row], found[row], TOLERANCE);
        }
        for (JsonNode threshold : json.path("thresholds")) {
          String at = threshold.asString();
          double least = threshold.asDouble();
          assertEquals(level.path("novel_" + at).size(), splitting.novel(least));
          assertArrayEquals(
              level.path("children_" + at).valueStream().mapToInt(JsonNode::size).toArray(),
              splitting.children(decoders.get(i).size(0), least));
        }
      }
      int[] direct = Splitting.of(Cosines.of(decoders.get(2), decoders.get(0))).parents();
      int[] through = levels.get(1).through(levels.get(0));
      assertArrayEquals(ints(json.path("grandparent_direct")), direct);
      assertArrayEquals(ints(json.path("grandparent_through")), through);
      assertEquals(
          json.path("grandparents_agree").asDouble(),
          Splitting.agreement(direct, through),
          TOLERANCE);
    }
  }

  @ParameterizedTest
  @MethodSource("files")
  void neurons(Path file) {
    try (Reference reference = Reference.open(file);
        Transformer model = reference.model()) {
      int layer = reference.json().path("layer").asInt();
      List<double[][]> layers = new ArrayList<>(Collections.nCopies(layer + 1, new double[0][]));
      Hooks hooks = Hooks.NONE;
      for (int at = 0; at <= layer; at++) {
        int here = at;
        hooks =
            hooks.and(
                Hooks.observe(
                    new Tap(Site.MLP_POST, at),
                    post -> {
                      int width = post.size(-1);
                      double[] all = post.toDoubles();
                      layers.set(
                          here,
                          IntStream.range(0, all.length / width)
                              .mapToObj(i -> Arrays.copyOfRange(all, i * width, (i + 1) * width))
                              .toArray(double[][]::new));
                    }));
      }
      try (var _ = NativeScope.open()) {
        model.hidden(reference.tokens(), hooks, null);
      }
      double[][] same = layers.get(layer);
      double[][] all =
          IntStream.range(0, same.length)
              .mapToObj(
                  i -> layers.stream().flatMapToDouble(each -> Arrays.stream(each[i])).toArray())
              .toArray(double[][]::new);
      assertNeurons(reference, "same_layer", same);
      assertNeurons(reference, "all_up_to_layer", all);
    }
  }

  private static void assertNeurons(Reference reference, String name, double[][] neurons) {
    JsonNode json = reference.json().path("neurons").path(name);
    Correlations correlations =
        Correlations.of(reference.table("A"), ActivationTable.dense(neurons, reference.length()));
    Matching signed = Matching.of(correlations, ALL);
    Matching absolute = Matching.of(correlations.magnitudes(), ALL);
    String tag = "neurons." + name;
    assertArrayEquals(ints(json.path("neuron")), signed.ofRows());
    assertArrayEquals(ints(json.path("neuron_absolute")), absolute.ofRows());
    assertArrayEquals(reference.values(tag + ".largest"), signed.rowValues(), TOLERANCE);
    assertArrayEquals(reference.values(tag + ".largest_absolute"), absolute.rowValues(), TOLERANCE);
  }

  @ParameterizedTest
  @MethodSource("files")
  void frequencyLaw(Path file) {
    try (Reference reference = Reference.open(file)) {
      JsonNode json = reference.json().path("law");
      double[] frequency = reference.values("law.frequency");
      double[] alive = reference.values("law.alive");
      double[][] found = reference.matrix("law.found");
      double[] x = new double[frequency.length * alive.length];
      boolean[] outcome = new boolean[x.length];
      for (int i = 0; i < x.length; i++) {
        x[i] = Math.log10(frequency[i / alive.length] * alive[i % alive.length]);
        outcome[i] = found[i / alive.length][i % alive.length] > 0;
      }
      LogisticFit fit = LogisticFit.of(x, outcome).orElseThrow();
      JsonNode covariance = json.path("covariance");
      assertEquals(json.path("beta").path(0).asDouble(), fit.intercept(), TOLERANCE);
      assertEquals(json.path("beta").path(1).asDouble(), fit.slope(), TOLERANCE);
      assertEquals(covariance.path(0).path(0).asDouble(), fit.interceptVariance(), TOLERANCE);
      assertEquals(covariance.path(0).path(1).asDouble(), fit.covariance(), TOLERANCE);
      assertEquals(covariance.path(1).path(1).asDouble(), fit.slopeVariance(), TOLERANCE);
      assertEquals(json.path("log_likelihood").asDouble(), fit.logLikelihood(), TOLERANCE);
      assertEquals(json.path("null_log_likelihood").asDouble(), fit.nullLogLikelihood(), TOLERANCE);
      assertEquals(json.path("mcfadden").asDouble(), fit.mcFadden(), TOLERANCE);
      assertEquals(json.path("midpoint_log10").asDouble(), fit.midpoint(), TOLERANCE);
      assertEquals(json.path("midpoint_se").asDouble(), fit.midpointError(), TOLERANCE);
      assertEquals(
          json.path("midpoint_95").path(0).asDouble(),
          fit.midpoint(0.95, "log10").low(),
          TOLERANCE);
      double[] first = new double[frequency.length];
      Arrays.setAll(first, i -> x[i * alive.length]);
      double[] separable = reference.values("law.separable_found");
      boolean[] separated = new boolean[first.length];
      for (int i = 0; i < separated.length; i++) {
        separated[i] = separable[i] > 0;
      }
      assertEquals(Optional.empty(), LogisticFit.of(first, separated));
    }
  }

  @ParameterizedTest
  @MethodSource("files")
  void absorption(Path file) {
    try (Reference reference = Reference.open(file);
        var _ = NativeScope.open()) {
      JsonNode json = reference.json().path("absorption");
      Absorption absorption =
          new Absorption(
              ints(json.path("main")),
              json.path("cosine_least").asDouble(),
              json.path("share_least").asDouble(),
              json.path("most").asInt(),
              json.path("full_cosine").asDouble());
      double[] probe = reference.values("absorption.probe");
      Tensor decoder = reference.decoder(reference.json().path("dictionaries").path("A"));
      double[] cosines = Absorption.cosines(decoder, Tensor.of(probe, probe.length));
      double[][] activations = reference.matrix("acts.A");
      double[] projection = reference.values("absorption.projection");
      double[] fraction = reference.values("absorption.fraction");
      double[] full = reference.values("absorption.full");
      for (int i = 0; i < activations.length; i++) {
        Absorption.Score score = absorption.of(activations[i], cosines, projection[i]);
        assertEquals(fraction[i], score.fraction(), TOLERANCE);
        assertEquals(full[i] > 0, score.full());
      }
    }
  }
}
