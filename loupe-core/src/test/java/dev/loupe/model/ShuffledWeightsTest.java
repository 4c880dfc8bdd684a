package dev.loupe.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.loupe.instrument.study.TinyStudy;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every matrix keeps its entries and loses their places. */
class ShuffledWeightsTest {
  private static final int[] IDS = {3, 1, 4, 1, 5};

  @TempDir private Path folder;

  @Test
  void entriesStayAndPlacesDoNot() throws IOException {
    try (LanguageModel opened = TinyStudy.open(folder)) {
      Transformer model = opened.transformer();
      double[] before = logits(model);
      try (Transformer shuffled = ShuffledWeights.of(model, 3).orElseThrow();
          Transformer again = ShuffledWeights.of(model, 3).orElseThrow()) {
        Function<Transformer, Tensor> up =
            of -> ((ModelWeights.Dense) of.weights().layer(0).mlp()).up().weight();
        assertFalse(Arrays.equals(values(up.apply(model)), values(up.apply(shuffled))));
        assertArrayEquals(sorted(up.apply(model)), sorted(up.apply(shuffled)));
        assertArrayEquals(
            sorted(model.weights().ends().embedding()),
            sorted(shuffled.weights().ends().embedding()));
        assertFalse(Arrays.equals(before, logits(shuffled)));
        assertArrayEquals(logits(shuffled), logits(again));
      }
      assertArrayEquals(before, logits(model), "the model itself stays open and as it was");
    }
  }

  private static double[] logits(Transformer model) {
    try (var _ = NativeScope.open()) {
      return model.unembed(model.hidden(TokenBatch.of(IDS), Hooks.NONE, null)).toDoubles();
    }
  }

  private static double[] values(Tensor tensor) {
    try (var _ = NativeScope.open()) {
      return tensor.contiguous().toDoubles();
    }
  }

  private static double[] sorted(Tensor tensor) {
    double[] values = values(tensor);
    Arrays.sort(values);
    return values;
  }
}
