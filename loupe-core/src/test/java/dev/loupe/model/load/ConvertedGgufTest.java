package dev.loupe.model.load;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.loupe.model.Hooks;
import dev.loupe.model.TokenBatch;
import dev.loupe.model.Transformer;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.NativeScope;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that llama.cpp's own converter wrote have the logits of transformers. */
class ConvertedGgufTest {
  private static final Path FILES =
      Path.of(System.getProperty("loupe.root", ".."))
          .resolve("loupe-core/src/test/resources/fixtures/converted");

  @ParameterizedTest
  @ValueSource(strings = {"nemotron", "olmo3", "phi3"})
  void hasTheLogitsOfTheModelThatItWasMadeOf(String name) throws IOException {
    List<String> expected = Files.readAllLines(FILES.resolve(name + ".txt"));
    int[] ids = Arrays.stream(expected.get(0).split(" ")).mapToInt(Integer::parseInt).toArray();
    double[] logits =
        Arrays.stream(expected.get(1).split(" ")).mapToDouble(Double::parseDouble).toArray();
    try (Transformer model =
            ModelLoader.transformer(FILES.resolve(name + ".gguf"), LoadOptions.of(DType.F64));
        var _ = NativeScope.open()) {
      double[] found =
          model.logits(TokenBatch.of(ids), Hooks.NONE).select(1, ids.length - 1L).toDoubles();
      // The reference is a float32 run of logits up to 5.
      assertArrayEquals(logits, found, 2e-5);
    }
  }
}
