package dev.loupe.model.load;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.loupe.fault.LoupeException;
import dev.loupe.model.Hooks;
import dev.loupe.model.TokenBatch;
import dev.loupe.model.Transformer;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Safetensors;
import dev.loupe.tensor.SafetensorsWriter;
import dev.loupe.tensor.StoredTensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * What transformers 5.24 writes otherwise than 4 did, found by saving random configurations of
 * every family with it: the same model opens from either.
 */
@Tag("oracle")
class SavedByTransformers5Test {
  private static final Path ORACLES =
      Path.of(System.getProperty("loupe.oracles", "../../shared/oracles"));

  @TempDir Path folder;

  private Path copy(String fixture, Consumer<ObjectNode> edit) throws IOException {
    Path model = ORACLES.resolve(fixture).resolve("model");
    assumeTrue(Files.exists(model), "no fixture at " + model);
    Path copy = Files.createTempDirectory(folder, "model");
    Files.copy(model.resolve("model.safetensors"), copy.resolve("model.safetensors"));
    ObjectNode config =
        (ObjectNode) JsonMapper.shared().readTree(model.resolve("config.json").toFile());
    edit.accept(config);
    Files.writeString(copy.resolve("config.json"), config.toString());
    return copy;
  }

  private static double[] logits(Path folder) {
    try (Transformer model = ModelLoader.transformer(folder, LoadOptions.of(DType.F64));
        var _ = NativeScope.open()) {
      return model.logits(TokenBatch.of(new int[] {7, 3, 11, 5, 2, 9, 4}), Hooks.NONE).toDoubles();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"qwen3_moe", "qwen2_moe", "mixtral", "olmoe", "gpt_oss"})
  void expertsAreCountedUnderEitherName(String family) throws IOException {
    double[] usual = logits(copy("families/" + family, config -> {}));
    double[] renamed =
        logits(
            copy(
                "families/" + family,
                config -> {
                  boolean isLocal = config.has("num_local_experts");
                  config.set(
                      isLocal ? "num_experts" : "num_local_experts",
                      config.remove(isLocal ? "num_local_experts" : "num_experts"));
                }));
    assertArrayEquals(usual, renamed);
  }

  @ParameterizedTest
  @ValueSource(strings = {"families/qwen2_moe", "families/qwen3_moe", "models/qwen2"})
  void aWindowThatIsNotUsedMayBeZero(String family) throws IOException {
    Consumer<ObjectNode> unused = config -> config.put("use_sliding_window", false);
    double[] usual = logits(copy(family, unused));
    assertArrayEquals(
        usual, logits(copy(family, unused.andThen(config -> config.put("sliding_window", 0)))));
    assertThrows(
        LoupeException.class,
        () ->
            logits(
                copy(
                    family,
                    config -> config.put("use_sliding_window", true).put("sliding_window", 0))));
  }

  @Test
  void aTiedPhiHasNoWeightOfItsOwnForTheHead() throws IOException {
    Path tied = copy("models/phi", config -> config.put("tie_word_embeddings", true));
    Path whole = copy("models/phi", config -> config.put("tie_word_embeddings", false));
    try (Safetensors all = Safetensors.open(tied.resolve("model.safetensors"))) {
      SafetensorsWriter without = new SafetensorsWriter();
      SafetensorsWriter with = new SafetensorsWriter();
      for (StoredTensor tensor : all.tensors().values()) {
        if (!tensor.name().equals("lm_head.weight")) {
          without.add(tensor);
          with.add(tensor);
        }
        if (tensor.name().equals("model.embed_tokens.weight")) {
          with.add("lm_head.weight", tensor.toFloats(), tensor.sizes());
        }
      }
      without.write(tied.resolve("new"));
      with.write(whole.resolve("new"));
    }
    for (Path each : List.of(tied, whole)) {
      Files.move(
          each.resolve("new"),
          each.resolve("model.safetensors"),
          StandardCopyOption.REPLACE_EXISTING);
    }
    assertArrayEquals(logits(whole), logits(tied));
  }
}
