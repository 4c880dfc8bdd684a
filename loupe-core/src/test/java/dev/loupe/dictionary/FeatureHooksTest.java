package dev.loupe.dictionary;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.loupe.model.Hooks;
import dev.loupe.model.KeyValueCache;
import dev.loupe.model.ModelFixture;
import dev.loupe.model.TokenBatch;
import dev.loupe.model.Transformer;
import dev.loupe.model.load.LoadOptions;
import dev.loupe.model.load.ModelLoader;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.NativeScope;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Changes of neurons as features, in every family whose neurons have fixed directions. */
@Tag("oracle")
class FeatureHooksTest {
  private static final int LENGTH = 6;

  /** Of logits that are sums of some tens of float64 terms. */
  private static final double TOLERANCE = 1e-9;

  static Stream<Path> models() {
    return ModelFixture.folders().stream();
  }

  private static int[] ids(Transformer model) {
    return new Random(3).ints(LENGTH, 0, model.config().vocabulary()).toArray();
  }

  private static double[] last(Transformer model, Hooks hooks, int... ids) {
    try (var _ = NativeScope.open()) {
      return model.logits(TokenBatch.of(ids), hooks).select(1, ids.length - 1L).toDoubles();
    }
  }

  private static Transformer open(Path folder) {
    Transformer model = ModelLoader.transformer(folder, LoadOptions.of(DType.F64));
    boolean isFixed = NeuronBasis.suits(model);
    if (!isFixed) {
      model.close();
    }
    assumeTrue(isFixed, "neurons without a fixed direction");
    return model;
  }

  /** One change everywhere, one at a position of the prompt, one past it. */
  private static List<FeatureChange> changes() {
    return List.of(
        new FeatureChange(0, 3, OptionalInt.empty(), new FeatureChange.Action.Scale(-2)),
        FeatureChange.at(0, 2, 5, new FeatureChange.Action.Set(1.5)),
        FeatureChange.at(1, LENGTH - 1, 4, new FeatureChange.Action.Add(0.7)));
  }

  @ParameterizedTest
  @MethodSource("models")
  void aPromptAndItsContinuationOverACacheAreOneRun(Path folder) {
    try (Transformer model = open(folder);
        KeyValueCache cache = new KeyValueCache(model.config().layers())) {
      FeatureBasis basis = NeuronBasis.of(model);
      int[] ids = ids(model);
      double[] whole = last(model, FeatureHooks.free(model, basis, changes()), ids);
      Hooks hooks = FeatureHooks.free(model, basis, changes());
      try (var _ = NativeScope.open()) {
        model.hidden(TokenBatch.of(Arrays.copyOf(ids, LENGTH - 1)), hooks, cache);
        double[] continued =
            model
                .unembed(model.hidden(TokenBatch.of(new int[] {ids[LENGTH - 1]}), hooks, cache))
                .toDoubles();
        assertArrayEquals(whole, continued, TOLERANCE);
      }
      double[] plain = last(model, Hooks.NONE, ids);
      double largest = 0;
      for (int i = 0; i < plain.length; i++) {
        largest = Math.max(largest, Math.abs(plain[i] - whole[i]));
      }
      assertTrue(largest > 1e-4, "nothing changed");
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void rowsSideBySideDoNotMeet(Path folder) {
    try (Transformer model = open(folder)) {
      FeatureBasis basis = NeuronBasis.of(model);
      int[] ids = ids(model);
      for (Freezing freezing : Freezing.values()) {
        try (UnchangedRun unchanged = UnchangedRun.of(model, basis, freezing, ids);
            var _ = NativeScope.open()) {
          List<List<FeatureChange>> rows = List.of(changes(), List.of(), List.of(changes().get(1)));
          double[] together =
              model
                  .logits(
                      TokenBatch.of(ids, ids, ids),
                      FeatureHooks.of(model, basis, rows, freezing, unchanged))
                  .select(1, LENGTH - 1L)
                  .toDoubles();
          int vocabulary = together.length / rows.size();
          for (int row = 0; row < rows.size(); row++) {
            double[] alone =
                last(
                    model,
                    FeatureHooks.of(model, basis, List.of(rows.get(row)), freezing, unchanged),
                    ids);
            assertArrayEquals(
                alone,
                Arrays.copyOfRange(together, row * vocabulary, (row + 1) * vocabulary),
                TOLERANCE,
                freezing.toString());
          }
          assertArrayEquals(
              last(model, Hooks.NONE, ids),
              Arrays.copyOfRange(together, vocabulary, 2 * vocabulary),
              TOLERANCE,
              "without a change");
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void settingToWhatItIsChangesNothingAndNeuronsExplainEverything(Path folder) {
    try (Transformer model = open(folder)) {
      FeatureBasis basis = NeuronBasis.of(model);
      int[] ids = ids(model);
      try (UnchangedRun unchanged = UnchangedRun.of(model, basis, Freezing.NOTHING, ids)) {
        FeatureChange same =
            FeatureChange.at(1, 2, 4, new FeatureChange.Action.Set(unchanged.active(1).at(2, 4)));
        assertArrayEquals(
            last(model, Hooks.NONE, ids),
            last(model, FeatureHooks.free(model, basis, List.of(same)), ids),
            TOLERANCE);
        // The biases of experts have weights of each position, so no basis holds them.
        boolean hasError = model.config().family().equals("gpt_oss");
        assertEquals(0, unchanged.unexplained(), hasError ? 0.02 : 1e-12);
      }
    }
  }
}
