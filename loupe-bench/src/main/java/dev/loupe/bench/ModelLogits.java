package dev.loupe.bench;

import dev.loupe.model.Hooks;
import dev.loupe.model.TokenBatch;
import dev.loupe.model.Transformer;
import dev.loupe.model.load.LoadOptions;
import dev.loupe.model.load.ModelLoader;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Writes a model's logits on random tokens beside it, for peer/check_model.py. */
public final class ModelLogits {
  private ModelLogits() {}

  /** Argument: the model's folder. */
  public static void main(String[] arguments) throws IOException {
    Path folder = Path.of(arguments[0]);
    try (Transformer model = ModelLoader.transformer(folder, LoadOptions.DEFAULT);
        var _ = NativeScope.open()) {
      int[] tokens =
          new Random(1)
              .ints(Math.min(64, model.config().context()), 0, model.config().vocabulary())
              .toArray();
      Tensor logits = model.logits(TokenBatch.of(tokens), Hooks.NONE);
      String rows =
          IntStream.range(0, tokens.length)
              .mapToObj(t -> Arrays.toString(logits.select(0, 0).select(0, t).toFloats()))
              .collect(Collectors.joining(",\n"));
      Files.writeString(
          folder.resolve("LOGITS.json"),
          "{\"tokens\": %s, \"logits\": [%s]}\n".formatted(Arrays.toString(tokens), rows));
    }
  }
}
