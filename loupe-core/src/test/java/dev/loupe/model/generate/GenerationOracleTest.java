package dev.loupe.model.generate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;

import dev.loupe.RealModel;
import dev.loupe.model.Transformer;
import dev.loupe.model.generate.LogLikelihood.Score;
import dev.loupe.model.generate.LogLikelihood.Text;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.model.load.LoadOptions;
import dev.loupe.model.load.ModelLoader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Generation and likelihood against values that other programs computed. */
@Tag("oracle")
class GenerationOracleTest {
  private static final Path ORACLES =
      Path.of(System.getProperty("loupe.oracles", "../shared/oracles"));

  /** Twice the largest difference that the fixtures state between float32 and float64. */
  private static final double TOLERANCE = 2e-4;

  @Test
  void likelihoodsOfTheRealModelEqualTheReference() throws IOException {
    List<JsonNode> prompts = prompts();
    try (LanguageModel model = LanguageModel.open(RealModel.path(), LoadOptions.DEFAULT)) {
      List<Text> texts = new ArrayList<>();
      for (JsonNode prompt : prompts) {
        int[] ids = ids(prompt.get("ids"));
        texts.add(
            Text.of(new int[] {ids[0]}, IntStream.range(1, ids.length).map(i -> ids[i]).toArray()));
      }
      List<Score> scores = new LogLikelihood(model.transformer(), 128).of(texts);
      for (int p = 0; p < prompts.size(); p++) {
        JsonNode expected = prompts.get(p).get("token_logprobs");
        assertEquals(expected.size(), scores.get(p).tokens().size());
        for (int t = 0; t < expected.size(); t++) {
          assertEquals(
              expected.get(t).doubleValue(),
              scores.get(p).tokens().get(t),
              TOLERANCE,
              "prompt " + p + ", token " + t);
        }
      }
    }
  }

  @Test
  void greedyContinuationsOfTheRealModelEqualTheReference() throws IOException {
    List<JsonNode> prompts = prompts();
    try (LanguageModel model = LanguageModel.open(RealModel.path(), LoadOptions.DEFAULT)) {
      Generator generator = new Generator(model.transformer(), model.tokenizer(), Set.of());
      for (JsonNode prompt : prompts) {
        JsonNode greedy = prompt.get("greedy24");
        int[] expected = ids(greedy.get("ids"));
        int safe = safe(greedy.get("top1_minus_top2_logit"));
        int[] got =
            generator
                .generate(
                    ids(prompt.get("ids")),
                    SamplingOptions.greedy(expected.length),
                    _ -> {},
                    () -> false)
                .ids();
        assertArrayEquals(
            IntStream.range(0, safe).map(i -> expected[i]).toArray(),
            IntStream.range(0, safe).map(i -> got[i]).toArray());
      }
    }
  }

  @TestFactory
  Stream<DynamicTest> greedyContinuationsOfEveryFamilyEqualTheReference() throws IOException {
    Path models = ORACLES.resolve("models");
    if (!Files.isDirectory(models)) {
      abort("no fixtures in " + models);
    }
    List<Path> cases;
    try (Stream<Path> folders = Files.list(models)) {
      cases =
          folders
              .filter(f -> Files.exists(f.resolve("expected.json")))
              .filter(f -> Files.exists(f.resolve("model/config.json")))
              .sorted()
              .toList();
    }
    assertTrue(!cases.isEmpty(), "no model folders in " + models);
    return cases.stream()
        .map(folder ->
            DynamicTest.dynamicTest(folder.getFileName().toString(), () -> greedy(folder)));
  }

  private static void greedy(Path folder) throws IOException {
    JsonNode expected =
        JsonMapper.shared().readTree(Files.readString(folder.resolve("expected.json")));
    try (Transformer model = ModelLoader.transformer(folder.resolve("model"), LoadOptions.DEFAULT);
        var tokenizer = TinyModel.tokenizer()) {
      for (int chunk : new int[] {512, 5}) {
        Generator generator = new Generator(model, tokenizer, Set.of(), chunk);
        for (JsonNode sequence : expected.get("sequences")) {
          int[] greedy = ids(sequence.get("greedy"));
          int[] got =
              generator
                  .generate(
                      ids(sequence.get("ids")),
                      SamplingOptions.greedy(greedy.length),
                      _ -> {},
                      () -> false)
                  .ids();
          assertArrayEquals(greedy, got, "read in parts of " + chunk);
        }
      }
    }
  }

  /** How many choices stand before the first whose margin is near the arithmetic's error. */
  private static int safe(JsonNode margins) {
    int count = 0;
    while (count < margins.size() && margins.get(count).doubleValue() > 1e-3) {
      count++;
    }
    return count;
  }

  private static List<JsonNode> prompts() throws IOException {
    Path file = ORACLES.resolve("smollm2/forward.json");
    if (!Files.exists(file)) {
      abort("no fixture " + file);
    }
    List<JsonNode> prompts = new ArrayList<>();
    JsonMapper.shared().readTree(Files.readString(file)).get("prompts").forEach(prompts::add);
    return prompts;
  }

  private static int[] ids(JsonNode array) {
    return IntStream.range(0, array.size()).map(i -> array.get(i).intValue()).toArray();
  }
}
