package dev.loupe.instrument.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.dictionary.FeatureAt;
import dev.loupe.dictionary.FeatureChange;
import dev.loupe.dictionary.NeuronHooks;
import dev.loupe.model.ModelFixture;
import dev.loupe.model.TokenBatch;
import dev.loupe.model.Transformer;
import dev.loupe.model.load.LoadOptions;
import dev.loupe.model.load.ModelLoader;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Silencing all neurons side by side equals silencing each in a run of its own, in any family. */
@Tag("oracle")
class ExhaustiveAblationTest {
  private static final int LENGTH = 9;
  private static final int TOKEN = 11;
  private static final int SAMPLED = 60;

  static Stream<Path> models() {
    // Of a mixture most experts are not run, so that no neuron of theirs can be silenced.
    return ModelFixture.folders().stream()
        .filter(folder -> {
          try (Transformer model = ModelLoader.transformer(folder, LoadOptions.DEFAULT)) {
            return model.config().mixtures().isEmpty();
          }
        });
  }

  @ParameterizedTest
  @MethodSource("models")
  void equalsSilencingOneByOne(Path folder) {
    Random random = new Random(3);
    try (Transformer model = ModelLoader.transformer(folder, LoadOptions.of(DType.F64))) {
      int[] ids = random.ints(LENGTH, 0, model.config().vocabulary()).toArray();
      List<Double> shares = new ArrayList<>();
      ExhaustiveAblation ablation = new ExhaustiveAblation(model, ids);
      NeuronGrid grid = ablation.grid();
      double[] changes = ablation.run(TOKEN, -1, shares::add).changes();
      assertEquals(1, shares.getLast(), 1e-9);
      List<Node.Feature> sample = new ArrayList<>();
      for (int i = 0; i < SAMPLED; i++) {
        int layer = i % grid.layers();
        int position =
            grid.firstPosition(layer) + random.nextInt(LENGTH - grid.firstPosition(layer));
        sample.add(new Node.Feature(layer, position, random.nextInt(grid.units()), 0, 0, 0));
      }
      List<List<FeatureChange>> changed = new ArrayList<>();
      changed.add(List.of());
      for (Node.Feature each : sample) {
        changed.add(List.of(FeatureAt.of(each.layer(), each.unit(), each.position()).set(0)));
      }
      double largest = 0;
      try (var _ = NativeScope.open()) {
        Tensor unembedding = model.weights().ends().unembedding().weight();
        Tensor direction =
            unembedding
                .select(0, TOKEN)
                .minus(unembedding.mean(false, 0))
                .times(model.config().logitScale());
        int[][] copies = Collections.nCopies(changed.size(), ids).toArray(int[][]::new);
        double[] logits =
            model
                .hidden(TokenBatch.of(copies), NeuronHooks.each(changed), null)
                .select(1, LENGTH - 1)
                .matmul(direction)
                .toDoubles();
        for (int i = 0; i < sample.size(); i++) {
          double change = changes[grid.index(sample.get(i))];
          assertEquals(logits[i + 1] - logits[0], change, 1e-9, sample.get(i).toString());
          largest = Math.max(largest, Math.abs(change));
        }
      }
      assertTrue(largest > 1e-6, "nothing was silenced");
    }
  }
}
