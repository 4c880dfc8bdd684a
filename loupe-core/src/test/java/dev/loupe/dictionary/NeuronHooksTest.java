package dev.loupe.dictionary;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.loupe.model.Hooks;
import dev.loupe.model.ModelFixture;
import dev.loupe.model.Site;
import dev.loupe.model.Tap;
import dev.loupe.model.TokenBatch;
import dev.loupe.model.Transformer;
import dev.loupe.model.load.LoadOptions;
import dev.loupe.model.load.ModelLoader;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.NativeScope;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Tag("oracle")
class NeuronHooksTest {
  private static final int LENGTH = 6;

  /** Of sums of some tens of float64 terms, relative to the largest. */
  private static final double TOLERANCE = 1e-9;

  /** In the first row one everywhere and one at a position, in the third one layer further on. */
  private static final List<List<FeatureChange>> ROWS =
      List.of(
          List.of(
              new FeatureChange(0, 3, OptionalInt.empty(), new FeatureChange.Action.Scale(-2)),
              FeatureChange.at(0, 2, 5, new FeatureChange.Action.Set(1.5))),
          List.of(),
          List.of(
              FeatureChange.at(1, 4, 2, new FeatureChange.Action.Add(0.7)),
              new FeatureChange(1, 0, OptionalInt.empty(), new FeatureChange.Action.Set(0))));

  static Stream<Path> models() {
    return ModelFixture.folders().stream();
  }

  private static Transformer open(Path folder) {
    return ModelLoader.transformer(folder, LoadOptions.of(DType.F64));
  }

  private static int[] ids(Transformer model) {
    return new Random(3).ints(LENGTH, 0, model.config().vocabulary()).toArray();
  }

  private static double[] logits(Transformer model, Hooks hooks, int[] ids) {
    try (var _ = NativeScope.open()) {
      return model.logits(TokenBatch.of(ids, ids, ids), hooks).toDoubles();
    }
  }

  /** What the neurons of each layer hold once the hooks are through: {@code [row, pos, d_mlp]}. */
  private static Map<Integer, double[]> held(Transformer model, Hooks hooks, int[] ids) {
    Map<Integer, double[]> held = new HashMap<>();
    Hooks all = hooks;
    for (int layer = 0; layer < model.config().layers(); layer++) {
      int at = layer;
      all =
          all.and(
              Hooks.observe(new Tap(Site.MLP_POST, layer), post -> held.put(at, post.toDoubles())));
    }
    logits(model, all, ids);
    return held;
  }

  private static void assertClose(double[] expected, double[] actual, String what) {
    double largest = Arrays.stream(expected).map(Math::abs).max().orElse(0);
    assertArrayEquals(expected, actual, TOLERANCE * (1 + largest), what);
  }

  @ParameterizedTest
  @MethodSource("models")
  void whatIsChangedHoldsThatAndNothingElseMoves(Path folder) {
    try (Transformer model = open(folder)) {
      int[] ids = ids(model);
      Map<Integer, double[]> plain = held(model, Hooks.NONE, ids);
      Map<Integer, double[]> changed = held(model, NeuronHooks.each(ROWS), ids);
      double[] first = Objects.requireNonNull(plain.get(0)).clone();
      int units = first.length / (3 * LENGTH);
      for (int position = 0; position < LENGTH; position++) {
        first[position * units + 3] *= -2;
      }
      first[2 * units + 5] = 1.5;
      assertClose(first, Objects.requireNonNull(changed.get(0)), "layer 0");
      double[] second = Objects.requireNonNull(plain.get(1)).clone();
      units = second.length / (3 * LENGTH);
      second[(2 * LENGTH + 4) * units + 2] += 0.7;
      for (int position = 0; position < LENGTH; position++) {
        second[(2 * LENGTH + position) * units] = 0;
      }
      double[] found = Objects.requireNonNull(changed.get(1));
      int row = LENGTH * units;
      assertClose(
          Arrays.copyOfRange(second, row, 3 * row),
          Arrays.copyOfRange(found, row, 3 * row),
          "layer 1 of the rows in which layer 0 is as it was");
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void rowsSideBySideDoNotMeet(Path folder) {
    try (Transformer model = open(folder)) {
      int[] ids = ids(model);
      double[] plain = logits(model, Hooks.NONE, ids);
      double[] together = logits(model, NeuronHooks.each(ROWS), ids);
      int size = together.length / 3;
      for (int row = 0; row < 3; row++) {
        double[] alone =
            logits(model, NeuronHooks.each(List.of(ROWS.get(row), List.of(), List.of())), ids);
        assertClose(
            Arrays.copyOf(alone, size),
            Arrays.copyOfRange(together, row * size, (row + 1) * size),
            "row " + row);
        double moved = 0;
        for (int i = row * size; i < (row + 1) * size; i++) {
          moved = Math.max(moved, Math.abs(plain[i] - together[i]));
        }
        assertEquals(row != 1, moved > 1e-5, "row " + row + " moves by " + moved);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void areTheSameChangesAsThoseOfNeuronsAsFeatures(Path folder) {
    try (Transformer model = open(folder)) {
      assumeTrue(NeuronBasis.suits(model), "neurons without a fixed direction");
      int[] ids = ids(model);
      assertClose(
          logits(model, FeatureHooks.eachFree(model, NeuronBasis.of(model), ROWS), ids),
          logits(model, NeuronHooks.each(ROWS), ids),
          "logits");
    }
  }

  @Test
  void theFixturesHoldFamiliesThatNormWhatTheMlpWrites() {
    assertTrue(
        models()
            .anyMatch(folder -> {
              try (Transformer model = open(folder)) {
                return model.has(Site.MLP_POST_NORM_SCALE);
              }
            }));
  }
}
