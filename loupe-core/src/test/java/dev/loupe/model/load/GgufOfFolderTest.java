package dev.loupe.model.load;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.loupe.model.Hooks;
import dev.loupe.model.TokenBatch;
import dev.loupe.model.Transformer;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.NativeScope;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Architectures whose GGUF files no fixture holds: the fixture's folder written as such a file, by
 * the rules of llama.cpp's converter, must give the folder's logits.
 */
@Tag("oracle")
class GgufOfFolderTest {
  private static final Path ROOT =
      Path.of(System.getProperty("loupe.oracles", "../../shared/oracles"));

  @TempDir Path folder;

  /** A fixture's folder, the architecture of its file, and settings that such files fix. */
  record Case(String folder, String architecture, Map<String, Object> fixed) {
    @Override
    public String toString() {
      return folder;
    }
  }

  static List<Case> cases() {
    return List.of(
        new Case("models/gemma", "gemma", Map.of()),
        new Case("models/gpt2", "gpt2", Map.of()),
        new Case("models/phi3", "phi3", Map.of()),
        new Case("models/qwen2", "qwen2", Map.of()),
        new Case("models/qwen3", "qwen3", Map.of()),
        new Case("models/gemma2", "gemma2", Map.of("query_pre_attn_scalar", 12)),
        // Every sixth layer is full: none of these three.
        new Case(
            "models/gemma3_text",
            "gemma3",
            Map.of("query_pre_attn_scalar", 12, "rope_local_base_freq", 10_000, "layer_types", 6)),
        new Case("models/olmo2", "olmo2", Map.of()),
        new Case("models/gpt_neox", "gptneox", Map.of()),
        new Case("models/gpt_neox-sequential", "gptneox", Map.of("hidden_act", "gelu")),
        new Case("models/bloom", "bloom", Map.of()),
        new Case("models/phi", "phi2", Map.of()),
        new Case("families/cohere2", "cohere2", Map.of()),
        new Case("families/exaone4", "exaone4", Map.of()),
        new Case("families/falcon", "falcon", Map.of()),
        new Case("families/falcon-new", "falcon", Map.of()),
        new Case("families/glm4", "glm4", Map.of()),
        new Case("families/gpt_oss-bf16", "gpt-oss", Map.of()),
        new Case("families/granite", "granite", Map.of()),
        new Case("families/nemotron", "nemotron", Map.of()),
        new Case("families/olmo", "olmo", Map.of()),
        new Case("families/olmo3", "olmo2", Map.of()),
        new Case("families/smollm3", "smollm3", Map.of()),
        new Case("families/stablelm", "stablelm", Map.of()),
        new Case("families/starcoder2", "starcoder2", Map.of()),
        new Case("families/mixtral", "llama", Map.of()),
        new Case("families/qwen2_moe", "qwen2moe", Map.of()),
        new Case("families/qwen3_moe", "qwen3moe", Map.of()),
        new Case("families/olmoe", "olmoe", Map.of()));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void theSameModelAsAGgufFileGivesTheSameLogits(Case each) throws IOException {
    Path original = ROOT.resolve(each.folder).resolve("model");
    assumeTrue(Files.isDirectory(original), "no fixture " + original);
    Path model = Files.createDirectory(folder.resolve("model"));
    Files.copy(original.resolve("model.safetensors"), model.resolve("model.safetensors"));
    ObjectNode config =
        (ObjectNode) JsonMapper.shared().readTree(original.resolve("config.json").toFile());
    each.fixed.forEach((key, value) -> {
      switch (value) {
        case String text -> config.put(key, text);
        case Integer number when key.equals("layer_types") -> {
          config.remove(key);
          config.put("sliding_window_pattern", number);
        }
        default -> config.put(key, (Integer) value);
      }
    });
    Files.writeString(model.resolve("config.json"), config.toString());
    Path file = folder.resolve("model.gguf");
    Files.write(file, new FolderAsGguf(each.architecture, model).bytes());
    int[] ids = {3, 14, 15, 2, 65, 35, 9, 69, 32, 38, 46, 26};
    try (Transformer expected = ModelLoader.transformer(model, LoadOptions.of(DType.F64));
        Transformer actual = ModelLoader.transformer(file, LoadOptions.of(DType.F64));
        Transformer onDemand = ModelLoader.transformer(file, new LoadOptions(DType.F64, 0));
        var _ = NativeScope.open()) {
      // The file holds epsilons, bases, multipliers and divisors as float32, and gains that were
      // stored less one rounded once more.
      double[] wanted = expected.logits(TokenBatch.of(ids), Hooks.NONE).toDoubles();
      double tolerance = each.architecture.matches("gemma.*|granite|nemotron|olmo") ? 1e-5 : 1e-8;
      assertArrayEquals(
          wanted, actual.logits(TokenBatch.of(ids), Hooks.NONE).toDoubles(), tolerance);
      assertArrayEquals(
          wanted, onDemand.logits(TokenBatch.of(ids), Hooks.NONE).toDoubles(), tolerance);
    }
  }
}
