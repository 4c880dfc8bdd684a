package dev.loupe.model.load;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.loupe.fault.LoupeException;
import dev.loupe.model.Hooks;
import dev.loupe.model.TokenBatch;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** No setting that could change the computation is left unread in silence. */
@Tag("oracle")
class UnreadSettingsTest {
  private static final Path ORACLES =
      Path.of(System.getProperty("loupe.oracles", "../../shared/oracles"));

  @TempDir Path folder;

  /** A copy of a fixture's folder with one more key in its configuration. */
  private LoadOptions with(String fixture, String key, String value) throws IOException {
    Path model = ORACLES.resolve("models").resolve(fixture).resolve("model");
    assumeTrue(Files.exists(model), "no fixture at " + model);
    Files.copy(model.resolve("model.safetensors"), folder.resolve("model.safetensors"));
    ObjectNode config =
        (ObjectNode) JsonMapper.shared().readTree(model.resolve("config.json").toFile());
    config.set(key, JsonMapper.shared().readTree(value));
    Files.writeString(folder.resolve("config.json"), config.toString());
    return LoadOptions.DEFAULT;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "llama-plain|attention_multiplier|0.5",
        "llama-plain|residual_multiplier|0.22",
        "llama-plain|logit_scale|0.25",
        "llama-plain|sliding_window|4",
        "llama-plain|use_qk_norm|true",
        "llama-plain|quantization_config|{\"quant_method\": \"bitsandbytes\", \"load_in_4bit\": true}",
        "llama-plain|rope_scaling|{\"rope_type\": \"linear\", \"factor\": 2, \"stretch\": 3}",
        "llama-plain|rope_parameters|{\"full_attention\": {\"rope_type\": \"default\"}}",
        // transformers 5.24 fails on these itself: qwen2, qwen3, gemma2; or passes over the kinds
        "qwen2|rope_parameters|{\"full_attention\": {\"rope_type\": \"linear\", \"factor\": 4}}",
        "qwen3|rope_parameters|{\"sliding_attention\": {\"rope_type\": \"default\"}}",
        "gemma2|rope_parameters|{\"full_attention\": {\"rope_type\": \"default\"}}",
        "mistral|rope_parameters|{\"sliding_attention\": {\"rope_theta\": 20}}",
        "gptj|rope_parameters|{\"rope_theta\": 500}",
        // Without effect in a family whose files have them, not in these.
        "llama-plain|layer_types|[\"sliding_attention\", \"full_attention\"]",
        "mistral|layer_types|[\"sliding_attention\", \"full_attention\"]",
        "llama-plain|max_window_layers|1",
        "llama-plain|sliding_window_pattern|2",
        "gpt2|hidden_act|\"relu\"",
        "llama-plain|hidden_activation|\"relu\"",
        "llama-plain|scale_attn_weights|true",
        "llama-plain|n_inner|20",
        "llama-plain|rotary|true",
        "gpt2|attention_softmax_in_fp32|true",
        "gemma2|skip_bias_add|true",
        "gpt2|add_cross_attention|true",
      })
  void whatCouldChangeTheComputationIsRefusedByName(String fixture, String key, String value)
      throws IOException {
    LoadOptions options = with(fixture, key, value);
    LoupeException refused =
        assertThrows(LoupeException.class, () -> ModelLoader.transformer(folder, options).close());
    String named = key.equals("rope_scaling") ? "stretch" : key;
    assertTrue(String.valueOf(refused.getMessage()).contains(named), refused.getMessage());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "attention_dropout|0.1",
        "unsloth_version|\"2025.1\"",
        "transformers.js_config|{\"dtype\": \"q4\"}",
        "sliding_window|null",
        "attention_multiplier|null",
      })
  void whatHasNoEffectPasses(String key, String value) throws IOException {
    LoadOptions options = with("llama-plain", key, value);
    assertDoesNotThrow(() -> ModelLoader.transformer(folder, options).close());
  }

  /** transformers 4.57 ties them all the same; 5.24 warns and does not. */
  @Test
  void aTiedHeadThatDiffersFromTheEmbeddingIsRefusedWithBothReadings() throws IOException {
    LoadOptions options = with("llama-plain", "tie_word_embeddings", "true");
    String refused =
        String.valueOf(
            assertThrows(
                    LoupeException.class, () -> ModelLoader.transformer(folder, options).close())
                .getMessage());
    for (String part : List.of("tie_word_embeddings", "lm_head.weight", "transformers 4", "5")) {
      assertTrue(refused.contains(part), refused);
    }
  }

  @Test
  void whatIsUnknownAndTellsNothingIsNoted() throws IOException {
    LoadOptions options = with("llama-plain", "colour", "3");
    try (var model = ModelLoader.transformer(folder, options)) {
      assertEquals(
          List.of("The model's configuration has keys that Loupe does not know: colour."),
          model.weights().notes().stream().filter(note -> note.contains("know")).toList());
    }
  }

  @Test
  void whatADefaultFilledIsNoted() throws IOException {
    LoadOptions options = with("llama-plain", "rms_norm_eps", "null");
    try (var model = ModelLoader.transformer(folder, options)) {
      assertTrue(
          model.weights().notes().stream().anyMatch(note -> note.contains("rms_norm_eps (1.0E-6)")),
          String.valueOf(model.weights().notes()));
    }
  }

  @Test
  void bareNaNOfPythonIsRead() throws IOException {
    LoadOptions options = with("llama-plain", "attention_dropout", "0.1");
    Path config = folder.resolve("config.json");
    Files.writeString(config, Files.readString(config).replace(":0.1", ":NaN"));
    assertDoesNotThrow(() -> ModelLoader.transformer(folder, options).close());
  }

  /** Configurations of transformers 5 and an old GGUF file, from public reports. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "tf5-gemma3/gemma3",
        "tf5-phi/phi-40",
        "tf5-phi3/phi3-75",
        "tf5-neox/neox-partial-only",
        "gguf-scale-linear/rope-old-scale.gguf"
      })
  void casesFromTheFieldHaveTheProbabilitiesOfTransformers(String name) {
    Path location = ORACLES.resolveSibling("cases").resolve(name);
    assumeTrue(Files.exists(location), "no case at " + location);
    JsonNode expected =
        JsonMapper.shared().readTree(location.resolveSibling("expected.json").toFile());
    String prompt =
        "The quick brown fox jumps over the lazy dog; pack my box with five dozen liquor jugs, said"
            + " nobody at all.";
    try (var model = LanguageModel.open(location, LoadOptions.of(DType.F32));
        var _ = NativeScope.open()) {
      int[] ids = model.encode(prompt).ids();
      Tensor logits = model.transformer().logits(TokenBatch.of(ids), Hooks.NONE);
      float[] probabilities = logits.select(1, ids.length - 1L).logSoftmax(-1).toFloats();
      for (JsonNode next : expected) {
        JsonNode id = next.has("id") ? next.get("id") : next.get(0);
        JsonNode probability = next.has("probability") ? next.get("probability") : next.get(1);
        assertEquals(probability.doubleValue(), Math.exp(probabilities[id.intValue()]), 1e-4, name);
      }
    }
  }
}
