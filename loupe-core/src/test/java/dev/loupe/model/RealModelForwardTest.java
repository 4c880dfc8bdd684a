package dev.loupe.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.loupe.RealModel;
import dev.loupe.model.load.LoadOptions;
import dev.loupe.model.load.ModelLoader;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** SmolLM2 from its GGUF file, against reference values of the same weights. */
@Tag("oracle")
@Tag("weights")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init") // opened before all tests
class RealModelForwardTest {
  /**
   * The reference is float32 itself and stores how far two float32 runs lie apart: up to 1e-4 in
   * logits of size 20.
   */
  private static final double LOGITS = 5e-4;

  private static final Path ROOT =
      Path.of(System.getProperty("loupe.oracles", "../../shared/oracles"), "smollm2");

  private Transformer model;

  @BeforeAll
  void open() {
    assumeTrue(Files.isDirectory(ROOT), "no reference values under " + ROOT);
    model = ModelLoader.transformer(RealModel.path(), LoadOptions.DEFAULT);
  }

  @AfterAll
  void close() {
    if (model != null) {
      model.close();
    }
  }

  private static JsonNode read(String file) {
    return JsonMapper.shared().readTree(ROOT.resolve(file).toFile());
  }

  @Test
  void meetsTheReferenceLogitsLikelihoodsAndNorms() {
    for (JsonNode prompt : read("forward.json").get("prompts")) {
      try (var _ = NativeScope.open()) {
        check(prompt);
      }
    }
  }

  private void check(JsonNode prompt) {
    int[] ids = ModelFixture.ints(prompt.get("ids"));
    String text = prompt.get("text").stringValue();
    int layers = model.config().layers();
    List<Double> lastNorms = new ArrayList<>();
    List<Double> firstNorms = new ArrayList<>();
    Hooks hooks =
        Hooks.observe(new Tap(Site.RESID_PRE, 0), value -> norms(value, firstNorms, lastNorms));
    for (int layer = 0; layer < layers; layer++) {
      hooks =
          hooks.and(
              Hooks.observe(
                  new Tap(Site.RESID_POST, layer), value -> norms(value, firstNorms, lastNorms)));
    }
    Tensor hidden = model.hidden(TokenBatch.of(ids), hooks, null);
    Tensor logits = model.unembed(hidden).to(DType.F64);
    double[] last = logits.select(1, ids.length - 1L).toDoubles();
    Tensor likelihoods = logits.logSoftmax(-1);
    double[] lastLikelihoods = likelihoods.select(1, ids.length - 1L).toDoubles();
    for (JsonNode top : prompt.get("top20")) {
      int id = top.get("id").intValue();
      assertEquals(top.get("logit").doubleValue(), last[id], LOGITS, text);
      assertEquals(top.get("logprob").doubleValue(), lastLikelihoods[id], LOGITS, text);
    }
    JsonNode tokens = prompt.get("token_logprobs");
    for (int t = 0; t < tokens.size(); t++) {
      double got = likelihoods.select(1, t).select(1, ids[t + 1]).item();
      assertEquals(tokens.get(t).doubleValue(), got, LOGITS, text + " token " + t);
    }
    relative(prompt.get("residual_norm_last_position"), lastNorms);
    relative(prompt.get("residual_norm_first_position"), firstNorms);
    double norm = Math.sqrt(hidden.select(1, ids.length - 1L).square().sum().item());
    assertEquals(prompt.get("normed_final_norm").doubleValue(), norm, 1e-4 * norm);
  }

  private static void norms(Tensor stream, List<Double> first, List<Double> last) {
    first.add(Math.sqrt(stream.select(1, 0).square().sum().item()));
    last.add(Math.sqrt(stream.select(1, stream.size(1) - 1L).square().sum().item()));
  }

  private static void relative(JsonNode wanted, List<Double> got) {
    assertEquals(wanted.size(), got.size());
    for (int i = 0; i < got.size(); i++) {
      double value = wanted.get(i).doubleValue();
      assertEquals(value, got.get(i), 1e-4 * value, "norm " + i);
    }
  }

  @Test
  void continuesGreedilyAsTheReference() {
    for (JsonNode prompt : read("forward.json").get("prompts")) {
      JsonNode greedy = prompt.get("greedy24");
      int[] wanted = ModelFixture.ints(greedy.get("ids"));
      JsonNode gaps = greedy.get("top1_minus_top2_logit");
      int[] got =
          ModelParityTest.withCache(model, ModelFixture.ints(prompt.get("ids")), wanted.length);
      for (int i = 0; i < wanted.length; i++) {
        if (got[i] != wanted[i] && gaps.get(i).doubleValue() < LOGITS) {
          break; // both are right; from here on the texts differ
        }
        assertEquals(wanted[i], got[i], prompt.get("text").stringValue() + " step " + i);
      }
    }
  }

  @Test
  void givesIdenticalLogitsWhenWeightsStayQuantised() {
    int[] ids = ModelFixture.ints(read("forward.json").get("prompts").get(0).get("ids"));
    try (Transformer lean =
            ModelLoader.transformer(RealModel.path(), new LoadOptions(DType.F32, 0));
        var _ = NativeScope.open()) {
      assertTrue(lean.weights().onDemand() && !model.weights().onDemand());
      assertArrayEquals(
          model.logits(TokenBatch.of(ids), Hooks.NONE).toFloats(),
          lean.logits(TokenBatch.of(ids), Hooks.NONE).toFloats());
    }
  }

  @Test
  void prefersLaterYearsAsTheReferenceDoes() {
    JsonNode file = read("greater_than.json");
    int[] digits = ModelFixture.ints(file.get("digit_ids"));
    for (JsonNode example : file.get("examples")) {
      int[] ids = ModelFixture.ints(example.get("ids"));
      double[] first = digitProbabilities(ids, digits);
      for (int a = 0; a < 10; a++) {
        assertEquals(example.get("p_first_digit").get(a).doubleValue(), first[a], 1e-5);
        int[] longer = Arrays.copyOf(ids, ids.length + 1);
        longer[ids.length] = digits[a];
        double[] second = digitProbabilities(longer, digits);
        for (int b = 0; b < 10; b++) {
          double wanted = example.get("p_two_digits").get(10 * a + b).doubleValue();
          assertEquals(wanted, first[a] * second[b], 1e-5);
        }
      }
    }
  }

  private double[] digitProbabilities(int[] ids, int[] digits) {
    try (var _ = NativeScope.open()) {
      double[] all =
          model
              .logits(TokenBatch.of(ids), Hooks.NONE)
              .select(1, ids.length - 1L)
              .to(DType.F64)
              .softmax(-1)
              .toDoubles();
      return Arrays.stream(digits).mapToDouble(id -> all[id]).toArray();
    }
  }
}
