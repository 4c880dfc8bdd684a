package dev.loupe.model.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.RealModel;
import dev.loupe.fault.LoupeException;
import dev.loupe.model.Hooks;
import dev.loupe.model.TokenBatch;
import dev.loupe.tensor.NativeScope;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LanguageModelTest {
  @TempDir Path folder;

  @Test
  @Tag("weights")
  void answersParisFromTheGgufFile() {
    try (LanguageModel model = LanguageModel.open(RealModel.path(), LoadOptions.DEFAULT);
        var _ = NativeScope.open()) {
      int[] ids = model.encode("The capital of France is").ids();
      double best =
          model
              .transformer()
              .logits(TokenBatch.of(ids), Hooks.NONE)
              .select(1, ids.length - 1L)
              .argmax(-1)
              .item();
      assertEquals(" Paris", model.tokenizer().tokenText((int) best));
      assertTrue(model.chatTemplate().isPresent());
      assertTrue(model.endTokens().contains(2));
      LoupeException refused = assertThrows(LoupeException.class, () -> model.encode(""));
      assertTrue(String.valueOf(refused.getMessage()).contains("empty"));
    }
  }

  @Test
  void namesTheMissingConfiguration() {
    refuses("config.json: no such file");
  }

  @Test
  void namesTheUnknownFamilyAndThoseThatWork() throws IOException {
    write("{\"model_type\": \"mamba\"}");
    LoupeException refused = refuses("model_type is \"mamba\"");
    assertTrue(refused.remedy().contains("gpt_neox") && refused.remedy().contains("olmo2"));
  }

  @Test
  void saysWhereTheConfigurationIsNoJson() throws IOException {
    write("{\"model_type\": \"gpt2\",\n \"n_layer\": }");
    refuses("not JSON at line 2");
  }

  @Test
  void refusesAbsurdSizesBeforeAnythingIsAllocated() throws IOException {
    write("{\"model_type\": \"gpt2\", \"n_layer\": 2000000000}");
    refuses("n_layer is 2000000000 but must be a whole number from 1 to 4096");
    write("{\"model_type\": \"gpt2\", \"n_embd\": -8}");
    refuses("n_embd is -8");
    write("{\"model_type\": \"llama\", \"num_attention_heads\": 7}");
    refuses("num_attention_heads is 7 but must be a divisor of hidden_size");
  }

  @Test
  void namesTheUnknownRotaryScaling() throws IOException {
    write("{\"model_type\": \"llama\", \"rope_scaling\": {\"rope_type\": \"spiral\"}}");
    refuses("rope_type is spiral");
  }

  private void write(String config) throws IOException {
    Files.writeString(folder.resolve("config.json"), config);
  }

  private LoupeException refuses(String message) {
    LoupeException refused =
        assertThrows(LoupeException.class, () -> LanguageModel.open(folder, LoadOptions.DEFAULT));
    assertTrue(
        String.valueOf(refused.getMessage()).contains(message),
        String.valueOf(refused.getMessage()));
    return refused;
  }
}
