package dev.loupe.model.load;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.loupe.fault.LoupeException;
import dev.loupe.model.Hooks;
import dev.loupe.model.TokenBatch;
import dev.loupe.model.Transformer;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Safetensors;
import dev.loupe.tensor.SafetensorsWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** A model with images or sound whose text part is of a family that runs is read as that family. */
@Tag("oracle")
class WrapperTest {
  private static final Path MODELS =
      Path.of(System.getProperty("loupe.oracles", "../../shared/oracles"), "models");

  private static final int[] IDS = {5, 9, 3, 17, 2, 8, 11};

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "llava, llama, language_model.",
    "mistral3, mistral, language_model.",
    "some_vlm, qwen2, model.language_model.",
    "idefics3, llama, model.text_model."
  })
  void computesWhatItsTextPartComputesAlone(String wrapper, String family, String prefix)
      throws IOException {
    Path alone = MODELS.resolve(family).resolve("model");
    assumeTrue(Files.exists(alone), "no fixture at " + alone);
    wrap(alone, wrapper, prefix);
    assertArrayEquals(logits(alone), logits(folder));
  }

  private void wrap(Path alone, String wrapper, String prefix) throws IOException {
    ObjectNode config = JsonMapper.shared().createObjectNode().put("model_type", wrapper);
    config.set("text_config", JsonMapper.shared().readTree(alone.resolve("config.json").toFile()));
    config.putObject("vision_config").put("hidden_size", 8).put("num_hidden_layers", 1);
    config.put("vision_feature_layer", -2);
    Files.writeString(folder.resolve("config.json"), config.toString());
    SafetensorsWriter writer = new SafetensorsWriter();
    try (Safetensors stored = Safetensors.open(alone.resolve("model.safetensors"))) {
      stored
          .tensors()
          .values()
          .forEach(tensor ->
              writer.add(renamed(tensor.name(), prefix), tensor.toFloats(), tensor.sizes()));
      String tower = prefix.startsWith("model.") ? "model.vision_tower." : "vision_tower.";
      writer.add(tower + "encoder.layers.0.weight", new float[] {1, 2}, 2);
      writer.write(folder.resolve("model.safetensors"));
    }
  }

  private static String renamed(String name, String prefix) {
    return prefix.startsWith("model.") ? name.replaceFirst("^model\\.", prefix) : prefix + name;
  }

  private static double[] logits(Path location) {
    try (Transformer model = ModelLoader.transformer(location, LoadOptions.of(DType.F64));
        var _ = NativeScope.open()) {
      return model.logits(TokenBatch.of(IDS), Hooks.NONE).toDoubles();
    }
  }

  @Test
  void refusesByNameATextPartThatItDoesNotKnow() throws IOException {
    Files.writeString(
        folder.resolve("config.json"),
        "{\"model_type\": \"qwen2_5_vl\", \"text_config\": {\"model_type\": \"qwen2_5_vl_text\"}}");
    assertRefused("qwen2_5_vl_text");
  }

  @Test
  void refusesByNameAWrapperThatComputesTextOtherwise() throws IOException {
    Files.writeString(
        folder.resolve("config.json"),
        "{\"model_type\": \"paligemma\", \"text_config\": {\"model_type\": \"gemma\"}}");
    assertRefused("paligemma");
  }

  private void assertRefused(String name) {
    LoupeException refused =
        assertThrows(
            LoupeException.class, () -> ModelLoader.transformer(folder, LoadOptions.DEFAULT));
    assertTrue(String.valueOf(refused.getMessage()).contains(name), refused.getMessage());
  }
}
