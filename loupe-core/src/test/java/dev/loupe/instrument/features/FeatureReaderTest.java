package dev.loupe.instrument.features;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.corpus.Corpus;
import dev.loupe.dictionary.Dictionary;
import dev.loupe.dictionary.FeatureBasis;
import dev.loupe.dictionary.FeatureId;
import dev.loupe.dictionary.NamedBasis;
import dev.loupe.dictionary.NeuronBasis;
import dev.loupe.dictionary.SparseActivations;
import dev.loupe.fault.LoupeException;
import dev.loupe.instrument.Subject;
import dev.loupe.job.Run;
import dev.loupe.model.Hooks;
import dev.loupe.model.TokenBatch;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.report.Evidence;
import dev.loupe.report.FindingJson;
import dev.loupe.report.Support;
import dev.loupe.report.Verdict;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What is read of an index, searched in it, and refused. */
class FeatureReaderTest {
  @TempDir static Path folder;
  private static LanguageModel model;
  private static Dictionary dictionary;
  private static Subject subject;
  private static FeatureStore store;

  @BeforeAll
  static void index() throws IOException {
    model = SampleIndex.model(folder.resolve("model"), 5);
    dictionary = SampleIndex.dictionary(11);
    subject = SampleIndex.subject(model, dictionary);
    Corpus corpus = SampleIndex.corpus(folder.resolve("corpus.jsonl"), 400);
    ActivationIndexer.run(
        subject, corpus, SampleIndex.settings(), folder.resolve("store"), Run.silent(0));
    store = FeatureStore.open(folder.resolve("store"), subject);
  }

  @AfterAll
  static void close() {
    store.close();
    dictionary.close();
    model.close();
  }

  @Test
  void effectsAreTheSameForwardsAndPulledBack() {
    LogitEffects effects = new LogitEffects(subject, store.inverseNorm());
    for (int layer : dictionary.layers()) {
      for (int feature = 0; feature < 5; feature++) {
        LogitEffects.Moved moved = effects.of(new FeatureId(layer, feature), 3);
        for (FeatureReport.TokenEffect effect : moved.promoted()) {
          float pulled = effects.on(effect.token(), layer)[feature];
          assertEquals(effect.effect(), pulled, 1e-4 * (1 + Math.abs(pulled)));
          assertTrue(effect.effect() >= moved.suppressed().getFirst().effect());
        }
      }
    }
  }

  /** Where every other layer is cut off, the direct effect is the whole effect. */
  @Test
  void effectsOfTheLastLayerAreWhatAddingALittleDoes() {
    FeatureId id = new FeatureId(1, 3);
    int[] row = {CorpusTokens.start(model), 5, 9, 12};
    float[] inverse = new FeatureRun(subject, List.of(1)).run(new int[][] {row}, (_, _, _) -> {});
    LogitEffects.Moved moved = new LogitEffects(subject, inverse[3]).of(id, 4);
    double step = 1e-3;
    float[] plain = logits(row, Hooks.NONE);
    float[] more =
        logits(
            row,
            Hooks.replace(
                dictionary.writes(1).getFirst(),
                out ->
                    out.plus(
                        dictionary
                            .decoderRows(1, dictionary.writes(1).getFirst(), id.feature())
                            .times(step))));
    double mean = 0;
    for (int token = 0; token < plain.length; token++) {
      mean += (more[token] - plain[token]) / step / plain.length;
    }
    double held = 0;
    for (FeatureReport.TokenEffect effect : moved.promoted()) {
      double measured = (more[effect.token()] - plain[effect.token()]) / step - mean;
      // The norm's denominator moves too, which the direct effect holds: the order agrees.
      held += measured;
    }
    assertTrue(held > 0, "what it promotes must rise on average: " + held);
  }

  private static float[] logits(int[] row, Hooks hooks) {
    try (var _ = NativeScope.open()) {
      Tensor logits = model.transformer().logits(TokenBatch.of(row), hooks);
      return logits.select(0, 0).select(0, row.length - 1L).toFloats();
    }
  }

  @Test
  void theNearestDirectionsAreThoseOfTheLargestCosines() {
    FeatureId id = new FeatureId(0, 7);
    double[] own = direction(id);
    List<NearestDirections.Near> nearest = new NearestDirections(dictionary).of(id, 4);
    assertEquals(4, nearest.size());
    double last = nearest.getLast().cosine();
    Set<FeatureId> named = new HashSet<>();
    for (NearestDirections.Near near : nearest) {
      assertEquals(cosine(own, direction(near.id())), near.cosine(), 1e-5);
      named.add(near.id());
    }
    assertFalse(named.contains(id));
    for (int layer : dictionary.layers()) {
      for (int feature = 0; feature < dictionary.features(layer); feature++) {
        FeatureId other = new FeatureId(layer, feature);
        assertTrue(
            other.equals(id)
                || named.contains(other)
                || cosine(own, direction(other)) <= last + 1e-5);
      }
    }
  }

  private static double[] direction(FeatureId id) {
    try (var _ = NativeScope.open()) {
      return dictionary
          .decoderRows(id.layer(), dictionary.writes(id.layer()).getFirst(), id.feature())
          .toDoubles();
    }
  }

  private static double cosine(double[] a, double[] b) {
    double ab = 0;
    double aa = 0;
    double bb = 0;
    for (int i = 0; i < a.length; i++) {
      ab += a[i] * b[i];
      aa += a[i] * a[i];
      bb += b[i] * b[i];
    }
    return ab / Math.sqrt(aa * bb);
  }

  @Test
  void everyFeatureIsCheckedOnItsStrongestExample() {
    FeatureReader reader = new FeatureReader(subject, store);
    for (int layer : dictionary.layers()) {
      for (int feature = 0; feature < dictionary.features(layer); feature++) {
        FeatureReport report = reader.read(new FeatureId(layer, feature));
        if (report.stored().active() > 0) {
          Evidence recomputed = report.evidence().getFirst();
          assertEquals(Verdict.PASSED, recomputed.verdict(), report.id() + " " + recomputed);
          assertEquals(Support.INTERVENED, report.evidence().get(1).support());
          assertTrue(report.label().orElseThrow().isHeuristic());
        } else {
          assertEquals(List.of(), report.evidence());
          assertTrue(report.caveats().stream().anyMatch(each -> each.contains("never")));
        }
      }
    }
  }

  @Test
  void aTextFindsExactlyTheFeaturesThatFireOnIt() {
    SearchReport.OnText found =
        new FeatureSearch(subject, store, Run.silent(0))
            .onText(" the team plays in Rome", List.of(1), 1000);
    int[] ids = model.tokenizer().textIds(" the team plays in Rome");
    int[] row = new int[ids.length + 1];
    row[0] = CorpusTokens.start(model);
    System.arraycopy(ids, 0, row, 1, ids.length);
    Set<Integer> expected = new HashSet<>();
    try (var _ = NativeScope.open()) {
      model
          .transformer()
          .logits(
              TokenBatch.of(row),
              Hooks.observe(
                  dictionary.reads(1),
                  input -> {
                    SparseActivations active = dictionary.encode(1, input.select(0, 0));
                    for (int i = active.start(1); i < active.count(); i++) {
                      expected.add(active.feature(i));
                    }
                  }));
    }
    Set<Integer> named = new HashSet<>();
    found.features().forEach(each -> named.add(each.id().feature()));
    assertEquals(expected, named);
    assertEquals(ids.length, found.tokens().size());
    double before = Double.POSITIVE_INFINITY;
    for (SearchReport.Fired each : found.features()) {
      assertTrue(each.score() <= before);
      before = each.score();
      assertTrue(each.position() < ids.length);
    }
  }

  @Test
  void aTokenFindsTheFeaturesWhoseExamplesPeakOnIt() {
    FeatureSearch search = new FeatureSearch(subject, store, Run.silent(0));
    Example example = store.read(new FeatureId(1, 3)).strongest().getFirst();
    int token = example.tokens().get(example.peak());
    SearchReport.OnToken found =
        search.onToken(
            model.tokenizer().piece(token).orElseThrow().replace('Ġ', ' '), List.of(1), 1000);
    SearchReport.OfToken itself =
        found.firing().stream()
            .filter(each -> each.id().equals(new FeatureId(1, 3)))
            .findFirst()
            .orElseThrow();
    long peaks =
        store.read(new FeatureId(1, 3)).strongest().stream()
            .filter(each -> each.tokens().get(each.peak()) == token)
            .count();
    assertEquals((double) peaks / store.strongest(), itself.peaks());
    assertTrue(
        found.promoting().stream().noneMatch(each -> each.effect() <= 0), "suppressing ones named");
  }

  @Test
  void jsonIsNeuronpediasSchemaAndMore() {
    JsonNode json =
        JsonMapper.shared()
            .readTree(
                FindingJson.of(
                    new ShowFeatures()
                        .ask(
                            new ShowRequest(store.folder(), List.of(new FeatureId(0, 1))),
                            subject,
                            Run.silent(0))));
    assertEquals("loupe.features/1", json.path("schema").asString());
    JsonNode feature = json.path("features").path(0);
    for (String name :
        List.of(
            "index",
            "top_logits",
            "bottom_logits",
            "act_min",
            "act_max",
            "quantile_values",
            "histogram",
            "examples_quantiles",
            "activation_frequency")) {
      assertTrue(feature.has(name), name);
    }
    JsonNode example = feature.path("examples_quantiles").path(0).path("examples").path(0);
    assertEquals(
        "Top activations",
        feature.path("examples_quantiles").path(0).path("quantile_name").asString());
    assertEquals(example.path("tokens").size(), example.path("tokens_acts_list").size());
    assertEquals(
        feature.path("act_max").asDouble(),
        example.path("tokens_acts_list").path(example.path("train_token_ind").asInt()).asDouble(),
        1e-6);
    assertEquals(feature.path("histogram").size() + 1, feature.path("histogram_edges").size());
    assertEquals("PASSED", feature.path("evidence").path(0).path("verdict").asString());
  }

  private static void assertRefused(Subject other, String... words) {
    LoupeException error =
        assertThrows(LoupeException.class, () -> FeatureStore.open(folder.resolve("store"), other));
    for (String word : words) {
      assertTrue(error.getMessage().contains(word), error.getMessage());
    }
  }

  @Test
  void anotherModelIsRefusedByBothHashes() {
    assertRefused(
        Subject.of(model, () -> "other-hash", new NamedBasis(dictionary, "sample")),
        "model-hash",
        "other-hash");
  }

  @Test
  void anotherDictionaryIsRefusedByBothNames() {
    try (FeatureBasis other = SampleIndex.dictionary(12)) {
      assertRefused(
          Subject.of(model, () -> "model-hash", new NamedBasis(other, "another")),
          "sample",
          "another");
    }
    assertRefused(
        SampleIndex.subject(model, NeuronBasis.of(model.transformer())), "sample", "neurons");
  }

  @Test
  void aFolderWithoutAnIndexIsTold() {
    LoupeException error =
        assertThrows(
            LoupeException.class, () -> FeatureStore.open(folder.resolve("nothing"), subject));
    assertTrue(error.getMessage().contains("holds no index"), error.getMessage());
  }

  @Test
  void aDamagedIndexIsTold() throws IOException {
    Path damaged = folder.resolve("damaged");
    Files.createDirectories(damaged);
    for (String name : List.of(FeatureStore.FEATURES, FeatureStore.TOKENS)) {
      Files.copy(folder.resolve("store").resolve(name), damaged.resolve(name));
    }
    Path file = damaged.resolve(FeatureStore.FEATURES);
    byte[] bytes = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(bytes, bytes.length / 2));
    assertThrows(LoupeException.class, () -> FeatureStore.open(damaged, subject));
    Files.write(file, bytes);
    Files.write(damaged.resolve(FeatureStore.TOKENS), new byte[] {0, 0, 0, 0x40});
    try (FeatureStore opened = FeatureStore.open(damaged, subject)) {
      LoupeException error =
          assertThrows(
              LoupeException.class,
              () -> {
                for (int feature = 0; feature < 40; feature++) {
                  opened.read(new FeatureId(0, feature));
                }
              });
      assertTrue(error.getMessage().contains("damaged"), error.getMessage());
    }
  }

  @Test
  void aFeatureThatIsNotThereIsTold() {
    FeatureReader reader = new FeatureReader(subject, store);
    for (FeatureId id : List.of(new FeatureId(0, 40), new FeatureId(7, 0))) {
      LoupeException error = assertThrows(LoupeException.class, () -> reader.read(id));
      assertTrue(error.remedy().startsWith("Choose"), error.remedy());
    }
    for (String text : List.of("", "3", "a/b", "3/-1", "3/141/2")) {
      assertThrows(LoupeException.class, () -> FeatureId.parse(text));
    }
    assertEquals(new FeatureId(3, 141), FeatureId.parse("L3/141"));
  }
}
