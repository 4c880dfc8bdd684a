package dev.loupe.instrument.features;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.dictionary.Dictionary;
import dev.loupe.dictionary.FeatureExamples;
import dev.loupe.dictionary.FeatureId;
import dev.loupe.fault.LoupeException;
import dev.loupe.instrument.Subject;
import dev.loupe.instrument.trace.Trace;
import dev.loupe.instrument.trace.TraceReport;
import dev.loupe.instrument.trace.TraceRequest;
import dev.loupe.job.Run;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.report.Finding;
import dev.loupe.report.FindingJson;
import dev.loupe.tensor.Safetensors;
import dev.loupe.tensor.SafetensorsWriter;
import dev.loupe.tensor.TensorStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The examples that an index leaves for a dictionary's folder, and where they are shown. */
class IndexedExamplesTest {
  private static final int VOCABULARY = 100_000;

  @TempDir static Path folder;
  private static LanguageModel model;
  private static Dictionary dictionary;
  private static Subject subject;
  private static Path store;

  @BeforeAll
  static void index() throws IOException {
    model = SampleIndex.model(folder.resolve("model"), 5);
    dictionary = SampleIndex.dictionary(11);
    subject = SampleIndex.subject(model, dictionary);
    store = folder.resolve("store");
    SampleIndex.corpus(folder.resolve("corpus.jsonl"), 300);
    new IndexFeatures()
        .ask(
            new IndexRequest(folder.resolve("corpus.jsonl"), store, true, SampleIndex.settings()),
            subject,
            Run.silent(0));
  }

  @AfterAll
  static void close() {
    dictionary.close();
    model.close();
  }

  @Test
  void theFileHoldsTheStrongestExamplesOfTheIndex() {
    int compared = 0;
    try (FeatureStore index = FeatureStore.open(store, subject);
        Safetensors file = Safetensors.open(store.resolve(FeatureExamples.FILE))) {
      FeatureExamples examples = new FeatureExamples(file, dictionary);
      for (int layer : dictionary.layers()) {
        for (int feature = 0; feature < dictionary.features(layer); feature++) {
          FeatureId id = new FeatureId(layer, feature);
          StoredFeature stored = index.read(id);
          FeatureExamples.Found found = examples.of(id, VOCABULARY);
          assertEquals(stored.frequency(), found.frequency(), 1e-7);
          assertEquals(
              Math.min(FeatureExamples.MOST, stored.strongest().size()), found.examples().size());
          for (int i = 0; i < found.examples().size(); i++) {
            same(stored.strongest().get(i), found.examples().get(i));
            compared++;
          }
        }
      }
    }
    assertTrue(compared > 20);
  }

  private static void same(Example stored, FeatureExamples.Example found) {
    assertEquals(stored.tokens(), found.tokens());
    assertEquals(stored.peak(), found.peak());
    double largest = stored.activation();
    assertEquals(largest, found.activations().get(found.peak()), 1e-6 * largest);
    for (int i = 0; i < stored.tokens().size(); i++) {
      double expected = Math.max(0, stored.activations().get(i));
      assertEquals(expected, found.activations().get(i), 0.51 / 255 * largest);
    }
  }

  @Test
  void aTraceShowsThem() {
    try (Safetensors file = Safetensors.open(store.resolve(FeatureExamples.FILE))) {
      Dictionary shown = dictionary.with(new FeatureExamples(file, dictionary));
      Finding<TraceReport> finding = trace(shown);
      JsonNode json = JsonMapper.shared().readTree(FindingJson.of(finding));
      List<JsonNode> features =
          StreamSupport.stream(json.get("nodes").spliterator(), false)
              .filter(node -> node.get("kind").asString().equals("feature"))
              .toList();
      assertFalse(features.isEmpty());
      for (JsonNode node : features) {
        JsonNode fires = node.get("firesOn");
        assertTrue(fires.get("frequency").isNumber());
        for (JsonNode piece : fires.get("examples")) {
          int tokens = piece.get("tokens").size();
          assertEquals(tokens, piece.get("tokens_acts_list").size());
          assertTrue(piece.get("train_token_ind").asInt() < tokens);
        }
      }
      assertTrue(
          features.stream().anyMatch(node -> !node.get("firesOn").get("examples").isEmpty()));
    }
    String without = FindingJson.of(trace(dictionary));
    assertFalse(without.contains("firesOn"));
  }

  private static Finding<TraceReport> trace(Dictionary basis) {
    return new Trace()
        .ask(
            TraceRequest.of(" the team plays in").withSets(TraceRequest.Sets.NONE),
            SampleIndex.subject(model, basis),
            Run.silent(0));
  }

  @Test
  void examplesOfAnotherDictionaryAreRefused() {
    try (Safetensors file = Safetensors.open(store.resolve(FeatureExamples.FILE));
        Dictionary other = SampleIndex.dictionary(12)) {
      LoupeException fault =
          assertThrows(LoupeException.class, () -> new FeatureExamples(file, other));
      assertTrue(fault.getMessage().contains("another dictionary"), fault.getMessage());
    }
  }

  @Test
  void aDamagedFileIsRefusedByName() {
    Path copy = folder.resolve("copy.safetensors");
    try (Safetensors file = Safetensors.open(store.resolve(FeatureExamples.FILE))) {
      SafetensorsWriter writer = new SafetensorsWriter();
      file.metadata().forEach(writer::metadata);
      file.tensors().values().stream()
          .filter(each -> !each.name().equals("layer.1.largest"))
          .forEach(writer::add);
      writer.write(copy);
    }
    try (TensorStore file = Safetensors.open(copy)) {
      LoupeException fault =
          assertThrows(LoupeException.class, () -> new FeatureExamples(file, dictionary));
      assertTrue(fault.getMessage().contains("layer.1.largest"), fault.getMessage());
    }
  }

  @Test
  void aTokenThatTheModelDoesNotHaveIsRefused() {
    Path copy = folder.resolve("tokens.safetensors");
    FeatureExamples.write(
        copy,
        dictionary,
        Map.of(),
        _ ->
            new FeatureExamples.Found(
                0.5, List.of(new FeatureExamples.Example(List.of(7, 99), List.of(0.1, 2.0), 1))));
    try (TensorStore file = Safetensors.open(copy)) {
      FeatureExamples examples = new FeatureExamples(file, dictionary);
      assertEquals(
          List.of(7, 99), examples.of(new FeatureId(1, 3), 100).examples().getFirst().tokens());
      LoupeException fault =
          assertThrows(LoupeException.class, () -> examples.of(new FeatureId(1, 3), 99));
      assertTrue(fault.getMessage().contains("token 99"), fault.getMessage());
    }
  }
}
