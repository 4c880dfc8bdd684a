package dev.loupe.dictionary;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.model.Hooks;
import dev.loupe.model.ModelFixture;
import dev.loupe.model.Site;
import dev.loupe.model.Tap;
import dev.loupe.model.TokenBatch;
import dev.loupe.model.Transformer;
import dev.loupe.model.load.LoadOptions;
import dev.loupe.model.load.ModelLoader;
import dev.loupe.model.run.FrozenLinear;
import dev.loupe.model.run.FrozenRun;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Engine;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The slopes against what the real model does. */
@Tag("oracle")
class PlaceGradientsTest {
  private static final int LENGTH = 5;
  private static final int[] UNITS = {0, 3, 7};

  /** Central differences err by its square and by rounding over it. */
  private static final double STEP = 1e-5;

  private static final double TOLERANCE = 1e-6;

  static Stream<Path> models() {
    return ModelFixture.folders().stream();
  }

  private static Transformer open(Path folder) {
    return ModelLoader.transformer(folder, LoadOptions.of(DType.F64));
  }

  private static int[] ids(Transformer model) {
    return new Random(3).ints(LENGTH, 0, model.config().vocabulary()).toArray();
  }

  private static Tensor direction(Transformer model) {
    Tensor unembedding = model.weights().ends().unembedding().weight();
    return unembedding
        .select(0, 4)
        .minus(unembedding.select(0, 9))
        .times(model.config().logitScale());
  }

  @ParameterizedTest
  @MethodSource("models")
  void slopesOfNeuronsAreThoseOfTheModel(Path folder) {
    try (Transformer model = open(folder)) {
      assertSlopes(model, Optional.empty());
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void slopesOfFeaturesAreThoseOfTheModelOverAllPlacesTheyWriteTo(Path folder) {
    try (Transformer model = open(folder)) {
      for (Dictionary dictionary : RandomBases.some(model)) {
        assertSlopes(model, Optional.of(dictionary.computingIn(DType.F64)));
      }
    }
  }

  /** Of logits before their soft cap, which the slopes leave out. */
  private static void assertSlopes(Transformer model, Optional<Dictionary> basis) {
    int[] ids = ids(model);
    List<FeatureAt> features = new ArrayList<>();
    List<Double> slopes = new ArrayList<>();
    try (var _ = NativeScope.open();
        PlaceGradients gradients = PlaceGradients.of(model, basis, ids, direction(model))) {
      for (int layer = 0; layer < model.config().layers(); layer++) {
        for (int position : new int[] {0, 2, LENGTH - 1}) {
          double[] found = gradients.slopes(layer, position, UNITS);
          for (int i = 0; i < UNITS.length; i++) {
            if (basis.isEmpty() && !isRun(model, ids, layer, position, UNITS[i])) {
              assertEquals(0, found[i]);
              continue;
            }
            features.add(FeatureAt.of(layer, UNITS[i], position));
            slopes.add(found[i]);
          }
        }
      }
      assertArrayEquals(new double[0], gradients.slopes(0, 0));
    }
    double[] expected =
        model.config().logitCap() > 0
            ? features.stream().mapToDouble(each -> hiddenSlope(model, basis, ids, each)).toArray()
            : logitSlopes(model, basis, ids, features);
    double largest = 0;
    for (double each : expected) {
      largest = Math.max(largest, Math.abs(each));
    }
    assertTrue(largest > 1e-3, "no slope");
    for (int i = 0; i < expected.length; i++) {
      assertEquals(expected[i], slopes.get(i), TOLERANCE * largest, features.get(i).toString());
    }
  }

  /** Whether a neuron's expert is chosen at a position. */
  private static boolean isRun(Transformer model, int[] ids, int layer, int position, int unit) {
    try (FrozenRun run = FrozenRun.of(model, ids);
        var _ = NativeScope.open()) {
      return new FrozenLinear(model, run)
          .neurons(layer, model.weights().layer(layer))
          .isRun(position, unit);
    }
  }

  private static double[] logitSlopes(
      Transformer model, Optional<Dictionary> basis, int[] ids, List<FeatureAt> features) {
    try (ChangedRuns runs = new ChangedRuns(model, basis, ids)) {
      List<double[]> logits =
          runs.logits(
              features.stream()
                  .flatMap(each -> Stream.of(add(each, STEP), add(each, -STEP)))
                  .toList());
      double[] slopes = new double[features.size()];
      for (int i = 0; i < slopes.length; i++) {
        double[] up = logits.get(2 * i);
        double[] down = logits.get(2 * i + 1);
        slopes[i] = (up[4] - up[9] - (down[4] - down[9])) / (2 * STEP);
      }
      return slopes;
    }
  }

  private static List<FeatureChange> add(FeatureAt feature, double amount) {
    return List.of(
        FeatureChange.at(
            feature.layer(),
            feature.position(),
            feature.feature(),
            new FeatureChange.Action.Add(amount)));
  }

  private static double hiddenSlope(
      Transformer model, Optional<Dictionary> basis, int[] ids, FeatureAt feature) {
    double[] values = new double[2];
    for (int side = 0; side < 2; side++) {
      List<List<FeatureChange>> change = List.of(add(feature, side == 0 ? STEP : -STEP));
      Hooks hooks =
          basis.isPresent()
              ? FeatureHooks.eachFree(model, basis.get(), change)
              : NeuronHooks.each(change);
      try (var _ = NativeScope.open()) {
        Tensor hidden = model.hidden(TokenBatch.of(ids), hooks, null);
        values[side] =
            hidden.select(0, 0).select(0, LENGTH - 1L).times(direction(model)).sum().item();
      }
    }
    return (values[0] - values[1]) / (2 * STEP);
  }

  @Test
  void leavesNoNativeMemoryBehind() {
    try (Transformer model = open(ModelFixture.folders().getFirst());
        var _ = NativeScope.open()) {
      Tensor direction = direction(model);
      int[] ids = ids(model);
      long before = Engine.retainedTensors();
      PlaceGradients.of(model, Optional.empty(), ids, direction).close();
      assertEquals(before, Engine.retainedTensors());
      Transformer failing =
          model.with(
              Hooks.observe(
                  new Tap(Site.RESID_POST, 1),
                  _ -> {
                    throw new IllegalStateException("mishap");
                  }));
      assertThrows(
          IllegalStateException.class,
          () -> PlaceGradients.of(failing, Optional.empty(), ids, direction).close());
      assertEquals(before, Engine.retainedTensors());
    }
  }
}
