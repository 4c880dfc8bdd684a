package dev.loupe.instrument.influence;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.loupe.tensor.Safetensors;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** BM25 and the datamodelling score against the worked case. */
@Tag("oracle")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init") // opened before all tests
class BaselinesOracleTest {
  /** Lucene adds up float32. */
  private static final double SINGLE = 1e-5;

  /** Lucene leaves out the factor k1 + 1 of every score. */
  private static final double LEFT_OUT = 2.2;

  private static final Path ROOT =
      Path.of(System.getProperty("loupe.oracles", "../../shared/oracles"), "influence");

  private List<Sequence> documents;
  private List<int[]> queries;

  @BeforeAll
  void open() {
    assumeTrue(Files.isDirectory(ROOT), "no reference values under " + ROOT);
    JsonNode data = JsonMapper.shared().readTree(ROOT.resolve("data.json").toFile());
    documents = new ArrayList<>();
    data.get("train").forEach(each -> documents.add(Sequence.of("", ints(each))));
    queries = new ArrayList<>();
    for (JsonNode query : data.get("queries")) {
      queries.add(
          IntStream.concat(
                  IntStream.of(ints(query.get("prompt"))),
                  IntStream.of(ints(query.get("completion"))))
              .toArray());
    }
  }

  private static int[] ints(JsonNode list) {
    return IntStream.range(0, list.size()).map(i -> list.get(i).asInt()).toArray();
  }

  private static double[][] table(Safetensors file, String key, int columns) {
    double[] all =
        Objects.requireNonNull(file.tensors().get(key))
            .bytes()
            .toArray(ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN));
    return IntStream.range(0, all.length / columns)
        .mapToObj(row -> Arrays.copyOfRange(all, row * columns, (row + 1) * columns))
        .toArray(double[][]::new);
  }

  @Test
  void meetsBm25OfWholeAndOfCutDocuments() {
    List<Sequence> cut =
        IntStream.range(0, documents.size())
            .mapToObj(
                i -> Sequence.of("", Arrays.copyOf(documents.get(i).tokens(), 8 + 7 * i % 17)))
            .toList();
    try (Safetensors file = Safetensors.open(ROOT.resolve("baselines.safetensors"))) {
      compare(table(file, "bm25", documents.size()), documents);
      compare(table(file, "bm25_cut", documents.size()), cut);
    }
  }

  private void compare(double[][] expected, List<Sequence> indexed) {
    try (Bm25 index = new Bm25(indexed)) {
      for (int q = 0; q < expected.length; q++) {
        double[] found = index.scores(queries.get(q));
        double largest = Arrays.stream(expected[q]).max().orElse(0);
        assertTrue(largest > 0);
        for (int n = 0; n < found.length; n++) {
          assertEquals(expected[q][n], LEFT_OUT * found[n], SINGLE * largest, q + " " + n);
        }
      }
    }
  }

  @Test
  void meetsTheDatamodellingScores() {
    JsonNode expected = JsonMapper.shared().readTree(ROOT.resolve("lds.json").toFile());
    try (Safetensors retrain = Safetensors.open(ROOT.resolve("retrain.safetensors"));
        Safetensors scores = Safetensors.open(ROOT.resolve("scores.safetensors"))) {
      List<BitSet> kept = new ArrayList<>();
      for (double[] row : table(retrain, "masks", documents.size())) {
        BitSet one = new BitSet();
        IntStream.range(0, row.length).filter(n -> row[n] == 1).forEach(one::set);
        kept.add(one);
      }
      double[][] losses = table(retrain, "query_losses", queries.size());
      for (String key : List.of("sampled.d1e-8.all", "empirical.dheur.mlp", "sampled.dheur.attn")) {
        DataModelScore found =
            new DataModelScore(table(scores, key, documents.size()), kept, losses);
        double[] byQuery = found.byQuery();
        for (int q = 0; q < byQuery.length; q++) {
          assertEquals(expected.get(key).get("per_query").get(q).asDouble(), byQuery[q], 1e-9, key);
        }
        var mean = found.mean(0.95, 1);
        assertEquals(expected.get(key).get("mean").asDouble(), mean.value(), 1e-9, key);
        assertTrue(mean.low() < mean.value() && mean.value() < mean.high(), key);
      }
    }
  }
}
