package dev.loupe.instrument.influence;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.loupe.job.Run;
import dev.loupe.model.Transformer;
import dev.loupe.model.load.LoadOptions;
import dev.loupe.model.load.ModelLoader;
import dev.loupe.model.training.BlockMap;
import dev.loupe.model.training.BlockMap.Kind;
import dev.loupe.model.training.SequenceGradients;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Eigen;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Safetensors;
import dev.loupe.tensor.StoredTensor;
import dev.loupe.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** EK-FAC in float64 against a worked case that agrees with kronfluence. */
@Tag("oracle")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init") // opened before all tests
class InfluenceOracleTest {
  /** The fixture's own, for float64: jitter of the weights in the last bit gives up to 5e-13. */
  private static final double TOLERANCE = 1e-9;

  private static final Path ROOT =
      Path.of(System.getProperty("loupe.oracles", "../../shared/oracles"), "influence");

  private static final List<BlockMap> MAPS =
      BlockMap.all(
          2, List.of(Kind.QUERY_KEY_VALUE, Kind.ATTENTION_OUT, Kind.MLP_UP, Kind.MLP_DOWN));
  private static final List<String> DAMPINGS = List.of("d1e-8", "dheur");

  private SequenceGradients network;
  private JsonNode data;
  private List<Sequence> training;
  private List<Sequence> queries;
  private final Map<String, CurvatureFit> fits = new LinkedHashMap<>();
  private final Map<String, Map<BlockMap, MapFactors>> factors = new LinkedHashMap<>();
  private List<Map<BlockMap, Tensor>> gradients;

  @BeforeAll
  void open() {
    assumeTrue(Files.isDirectory(ROOT), "no reference values under " + ROOT);
    LoadOptions wide = new LoadOptions(DType.F64, LoadOptions.DEFAULT.most());
    try (Transformer model = ModelLoader.transformer(ROOT.resolve("model"), wide)) {
      network = SequenceGradients.of(model, "fixture", DType.F64);
    }
    data = JsonMapper.shared().readTree(ROOT.resolve("data.json").toFile());
    training = new ArrayList<>();
    data.get("train").forEach(each -> training.add(Sequence.of("" + training.size(), ints(each))));
    queries = new ArrayList<>();
    for (JsonNode query : data.get("queries")) {
      int[] prompt = ints(query.get("prompt"));
      int[] all =
          IntStream.concat(IntStream.of(prompt), IntStream.of(ints(query.get("completion"))))
              .toArray();
      queries.add(Sequence.completion(all, prompt.length));
    }
    JsonNode labels = data.get("sampled_labels");
    fits.put(
        "sampled",
        new CurvatureFit(
            network,
            training,
            (numbers, maps, sink) -> {
              List<Sequence> chosen = CurvatureFit.chosen(training, numbers);
              return network.ofLabels(
                  chosen.stream().map(Sequence::tokens).toList(),
                  chosen.stream().map(Sequence::counts).toList(),
                  (row, at) -> labels.get(numbers[row]).get(at).asInt(),
                  maps,
                  sink);
            }));
    fits.put("empirical", CurvatureFit.of(network, training, true, 0));
    fits.forEach((mode, fit) -> factors.put(mode, fit.factors(MAPS, Run.silent(0))));
    Scorer scorer = new Scorer(network);
    gradients = queries.stream().map(query -> scorer.gradient(query, MAPS)).toList();
  }

  @AfterAll
  void close() {
    if (network != null) {
      network.close();
      factors.values().forEach(each -> each.values().forEach(MapFactors::close));
      gradients.forEach(each -> each.values().forEach(Tensor::close));
    }
  }

  private static int[] ints(JsonNode list) {
    return IntStream.range(0, list.size()).map(i -> list.get(i).asInt()).toArray();
  }

  private static double[] doubles(StoredTensor stored) {
    return stored
        .bytes()
        .toArray(ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN));
  }

  /** Compares with an array of a file, relative to its largest value. */
  private static void compare(Safetensors file, String key, double[] found) {
    compare(
        file.origin() + " " + key,
        doubles(Objects.requireNonNull(file.tensors().get(key))),
        found,
        TOLERANCE);
  }

  private static void compare(String what, double[] expected, double[] found, double tolerance) {
    assertEquals(expected.length, found.length, what);
    double largest = 0;
    double gap = 0;
    for (int i = 0; i < expected.length; i++) {
      largest = Math.max(largest, Math.abs(expected[i]));
      gap = Math.max(gap, Math.abs(expected[i] - found[i]));
    }
    assertTrue(gap <= tolerance * largest, what + ": gap " + gap + " of " + largest);
  }

  private double damping(MapFactors of, String tag) {
    return tag.equals("dheur") ? of.heuristicDamping() : 1e-8;
  }

  @Test
  void meetsCovariancesEigenvaluesAndLambda() {
    fits.forEach((mode, fit) -> {
      try (Safetensors file = Safetensors.open(ROOT.resolve("factors_" + mode + ".safetensors"))) {
        fit.covariances(MAPS, Optional.empty(), Run.silent(0))
            .forEach((map, covariance) -> {
              try (covariance;
                  var _ = NativeScope.open()) {
                String name = fileName(map);
                Tensor a = covariance.ofInput().getFirst();
                Tensor g = covariance.ofOutput().getFirst();
                compare(file, "A." + name, a.toDoubles());
                compare(file, "G." + name, g.toDoubles());
                compare(file, "eig_A." + name, Eigen.of(a).values().toDoubles());
                compare(file, "eig_G." + name, Eigen.of(g).values().toDoubles());
                compare(
                    file,
                    "Lambda." + name,
                    CurvatureFit.of(Objects.requireNonNull(factors.get(mode)), map)
                        .lambda()
                        .toDoubles());
              }
            });
      }
    });
  }

  @Test
  void meetsQueryGradients() {
    try (Safetensors file = Safetensors.open(ROOT.resolve("query_grads.safetensors"));
        var _ = NativeScope.open()) {
      for (BlockMap map : MAPS) {
        Tensor all =
            Tensor.stack(
                gradients.stream().map(each -> Objects.requireNonNull(each.get(map))).toList(), 0);
        compare(file, fileName(map), all.toDoubles());
      }
    }
  }

  @Test
  void meetsInverseHessianVectorProducts() {
    for (String tag : DAMPINGS) {
      try (Safetensors file =
              Safetensors.open(ROOT.resolve("ihvp_sampled_" + tag + ".safetensors"));
          var _ = NativeScope.open()) {
        for (BlockMap map : MAPS) {
          compareProducts(file, fileName(map), tag, directions("sampled", tag, map));
        }
      }
      try (Safetensors file = Safetensors.open(ROOT.resolve("ihvp_empirical_q0.safetensors"));
          var _ = NativeScope.open()) {
        for (BlockMap map : MAPS) {
          Tensor first = directions("empirical", tag, map).select(0, 0);
          compareProducts(file, tag + "." + fileName(map), tag, first);
        }
      }
    }
  }

  /** The null directions carry rounding noise over 1e-8: the fixture allows 1e-5 there. */
  private static void compareProducts(Safetensors file, String key, String tag, Tensor found) {
    compare(
        file.origin() + " " + key,
        doubles(Objects.requireNonNull(file.tensors().get(key))),
        found.toDoubles(),
        tag.equals("dheur") ? TOLERANCE : 1e-5);
  }

  private Tensor directions(String mode, String tag, BlockMap map) {
    MapFactors of = CurvatureFit.of(Objects.requireNonNull(factors.get(mode)), map);
    return Tensor.stack(
        gradients.stream()
            .map(each -> of.inverse(Objects.requireNonNull(each.get(map)), damping(of, tag)))
            .toList(),
        0);
  }

  @Test
  void meetsScoresOfEveryMapAndSet() {
    try (Safetensors file = Safetensors.open(ROOT.resolve("scores.safetensors"))) {
      for (String mode : fits.keySet()) {
        for (String tag : DAMPINGS) {
          try (var _ = NativeScope.open()) {
            Map<BlockMap, Tensor> directions = new LinkedHashMap<>();
            MAPS.forEach(map -> directions.put(map, directions(mode, tag, map)));
            compareScores(file, mode + "." + tag + ".", directions, Run.silent(0));
          }
        }
      }
    }
  }

  private Scorer.Scores compareScores(
      Safetensors file, String prefix, Map<BlockMap, Tensor> directions, Run run) {
    Scorer.Scores scores = new Scorer(network).score(training, directions, run);
    for (int m = 0; m < MAPS.size(); m++) {
      int map = m;
      compare(
          file,
          prefix + "module." + fileName(MAPS.get(m)),
          table((q, n) -> scores.byMap()[map][n][q]));
    }
    compare(file, prefix + "all", table((q, n) -> scores.total(n, q)));
    compare(
        file,
        prefix + "mlp",
        table((q, n) ->
            IntStream.range(0, MAPS.size())
                .filter(m -> Kind.OF_MLP.contains(MAPS.get(m).kind()))
                .mapToDouble(m -> scores.byMap()[m][n][q])
                .sum()));
    return scores;
  }

  private interface Cell {
    double at(int query, int sequence);
  }

  private double[] table(Cell cell) {
    int many = training.size();
    return IntStream.range(0, queries.size() * many)
        .mapToDouble(i -> cell.at(i / many, i % many))
        .toArray();
  }

  @Test
  void meetsGradientBaselinesAndLosses() {
    try (Safetensors file = Safetensors.open(ROOT.resolve("baselines.safetensors"));
        var _ = NativeScope.open()) {
      Map<BlockMap, Tensor> directions = new LinkedHashMap<>();
      for (BlockMap map : MAPS) {
        directions.put(
            map,
            Tensor.stack(
                gradients.stream().map(each -> Objects.requireNonNull(each.get(map))).toList(), 0));
      }
      Scorer.Scores scores = compareScores(file, "graddot.", directions, Run.silent(0));
      double[] norms = doubles(Objects.requireNonNull(file.tensors().get("query_grad_norm.all")));
      compare(
          file,
          "gradcos.all",
          table((q, n) -> scores.total(n, q) / norms[q] / Math.sqrt(scores.squaredNorms()[n])));
      compare(
          file,
          "train_grad_norm.all",
          IntStream.range(0, training.size())
              .mapToDouble(n -> Math.sqrt(scores.squaredNorms()[n]))
              .toArray());
      compare(
          file,
          "query_loss",
          queries.stream().mapToDouble(q -> network.loss(q.tokens(), q.counts())).toArray());
      double loss = 0;
      for (double each : doubles(Objects.requireNonNull(file.tensors().get("train_token_loss")))) {
        loss += each;
      }
      assertEquals(loss, scores.loss(), TOLERANCE * loss);
    }
  }

  @Test
  void meetsTokenScores() {
    JsonNode pairs =
        JsonMapper.shared().readTree(ROOT.resolve("meta.json").toFile()).get("token_pairs");
    try (Safetensors file = Safetensors.open(ROOT.resolve("token_scores.safetensors"))) {
      for (String tag : DAMPINGS) {
        List<Double> all = new ArrayList<>();
        for (JsonNode pair : pairs) {
          try (var _ = NativeScope.open()) {
            int query = pair.get("query").asInt();
            int sequence = pair.get("train").asInt();
            Map<BlockMap, Tensor> direction = new LinkedHashMap<>();
            for (BlockMap map : MAPS) {
              direction.put(map, directions("sampled", tag, map).select(0, query));
            }
            for (double each : new Scorer(network).byToken(training.get(sequence), direction)) {
              all.add(each);
            }
          }
        }
        compare(
            file,
            "sampled." + tag + ".all",
            all.stream().mapToDouble(Double::doubleValue).toArray());
      }
    }
  }

  /** As the fixture names maps. */
  private static String fileName(BlockMap map) {
    String part =
        switch (map.kind()) {
          case QUERY_KEY_VALUE -> "attn.c_attn";
          case ATTENTION_OUT -> "attn.c_proj";
          case MLP_UP -> "mlp.c_fc";
          case MLP_DOWN -> "mlp.c_proj";
          case QUERY, KEY, VALUE, MLP_GATE -> throw new IllegalArgumentException(map.name());
        };
    return "transformer.h.%d.%s".formatted(map.layer(), part);
  }
}
