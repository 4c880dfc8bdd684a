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
import dev.loupe.tensor.DType;
import dev.loupe.tensor.NativeScope;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Tag("oracle")
class MeanAblationTest {
  private static final int LENGTH = 5;

  /** Of sums of some hundreds of float64 terms, relative to the largest. */
  private static final double TOLERANCE = 1e-9;

  static Stream<Path> models() {
    return ModelFixture.folders().stream();
  }

  private static Transformer open(Path folder) {
    return ModelLoader.transformer(folder, LoadOptions.of(DType.F64));
  }

  private static int[] ids(Transformer model, long seed, int length) {
    return new Random(seed).ints(length, 0, model.config().vocabulary()).toArray();
  }

  /** Of two lengths, and one that is too short to count. */
  private static List<int[]> texts(Transformer model) {
    return List.of(
        ids(model, 1, 4), ids(model, 2, 6), ids(model, 4, 1), ids(model, 5, 4), ids(model, 6, 2));
  }

  private static final int POSITIONS = 3 + 5 + 3 + 1;

  private static double[] at(Transformer model, Hooks hooks, Tap place, int[] ids) {
    List<double[]> found = new ArrayList<>();
    try (var _ = NativeScope.open()) {
      model.observe(
          TokenBatch.of(ids),
          hooks.and(Hooks.observe(place, value -> found.add(value.toDoubles()))));
    }
    return found.getFirst();
  }

  /** Over every position but the first of each text, one text at a time. */
  private static double[] mean(Transformer model, Tap place) {
    double[] mean = new double[0];
    for (int[] text : texts(model)) {
      double[] values = at(model, Hooks.NONE, place, text);
      int width = values.length / text.length;
      mean = mean.length == 0 ? new double[width] : mean;
      for (int i = width; i < values.length; i++) {
        mean[i % width] += values[i] / POSITIONS;
      }
    }
    return mean;
  }

  private static double[] everywhere(double[] mean) {
    double[] all = new double[LENGTH * mean.length];
    Arrays.setAll(all, i -> mean[i % mean.length]);
    return all;
  }

  private static void assertClose(double[] expected, double[] actual, String what) {
    double largest = Arrays.stream(expected).map(Math::abs).max().orElse(0);
    assertArrayEquals(expected, actual, TOLERANCE * (1 + largest), what);
  }

  @ParameterizedTest
  @MethodSource("models")
  void withAllNeuronsKeptItIsThePlainRun(Path folder) {
    try (Transformer model = open(folder)) {
      MeanAblation means = new MeanAblation(model, Optional.empty(), texts(model));
      assertEquals(POSITIONS, means.positions());
      int[] ids = ids(model, 3, LENGTH);
      List<FeatureAt> all =
          IntStream.range(0, model.config().layers())
              .boxed()
              .flatMap(layer ->
                  IntStream.range(0, LENGTH * model.config().units(layer))
                      .mapToObj(i -> FeatureAt.of(layer, i / LENGTH, i % LENGTH)))
              .toList();
      try (ChangedRuns runs = new ChangedRuns(model, Optional.empty(), ids)) {
        double[] plain = runs.logits(List.of(List.of())).getFirst();
        List<double[]> found =
            runs.logits(0, List.of(List.of(), all, all.subList(1, all.size())), means::hooks);
        assertClose(plain, found.get(1), "all kept");
        assertTrue(distance(plain, found.get(0)) > 1e-4, "none kept");
      }
    }
  }

  private static double distance(double[] one, double[] other) {
    return IntStream.range(0, one.length)
        .mapToDouble(i -> Math.abs(one[i] - other[i]))
        .max()
        .orElseThrow();
  }

  @ParameterizedTest
  @MethodSource("models")
  void keptNeuronsAreLiveAndAllOthersAtTheirMeans(Path folder) {
    try (Transformer model = open(folder)) {
      MeanAblation means = new MeanAblation(model, Optional.empty(), texts(model));
      int[] ids = ids(model, 3, LENGTH);
      Tap second = new Tap(Site.MLP_POST, 1);
      List<FeatureAt> kept = List.of(FeatureAt.of(1, 4, 2), FeatureAt.of(1, 0, LENGTH - 1));
      List<double[]> live = new ArrayList<>();
      Hooks hooks =
          Hooks.observe(second, value -> live.add(value.toDoubles()))
              .and(means.hooks(List.of(kept)));
      double[] found = at(model, hooks, second, ids);
      double[] expected = everywhere(mean(model, second));
      int units = expected.length / LENGTH;
      for (FeatureAt each : kept) {
        int index = each.position() * units + each.feature();
        expected[index] = live.getFirst()[index];
      }
      assertClose(expected, found, "layer 1");
      assertTrue(
          distance(at(model, Hooks.NONE, second, ids), live.getFirst()) > 1e-6,
          "what layer 1 reads has changed");
      Tap first = new Tap(Site.MLP_POST, 0);
      assertClose(everywhere(mean(model, first)), at(model, hooks, first, ids), "layer 0");
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void withNothingKeptEveryPlaceOfADictionaryHoldsItsMean(Path folder) {
    try (Transformer model = open(folder)) {
      int[] ids = ids(model, 3, LENGTH);
      for (Dictionary each : RandomBases.some(model)) {
        Dictionary dictionary = each.computingIn(DType.F64);
        MeanAblation means = new MeanAblation(model, Optional.of(dictionary), texts(model));
        for (int layer : dictionary.layers()) {
          Tap place = dictionary.writes(layer).getFirst();
          assertClose(
              everywhere(mean(model, place)),
              at(model, means.hooks(List.of(List.of())), place, ids),
              place.toString());
        }
      }
    }
  }

  /** What a kept feature adds to the means is its activation in this run, less its own mean. */
  @ParameterizedTest
  @MethodSource("models")
  void keptFeaturesAddHowMuchTheyDifferFromTheirMeans(Path folder) {
    try (Transformer model = open(folder)) {
      int[] ids = ids(model, 3, LENGTH);
      for (Dictionary each : RandomBases.some(model)) {
        Dictionary dictionary = each.computingIn(DType.F64);
        MeanAblation means = new MeanAblation(model, Optional.of(dictionary), texts(model));
        // Every second one, at two positions: some of them are active.
        List<FeatureAt> kept =
            IntStream.range(0, 2 * RandomBases.FEATURES)
                .mapToObj(i -> FeatureAt.of(i % 2, i / 2 / 2 * 2, i / 2 % 2 == 0 ? 2 : LENGTH - 1))
                .toList();
        List<SparseActivations> live = new ArrayList<>();
        for (int layer = 0; layer < 2; layer++) {
          live.add(active(dictionary, model, means.hooks(List.of(kept)), layer, ids));
        }
        for (int layer = 0; layer < 2; layer++) {
          Tap place = dictionary.writes(layer).getFirst();
          double[] expected = everywhere(mean(model, place));
          int width = expected.length / LENGTH;
          double moved = 0;
          for (FeatureAt feature : kept) {
            if (!dictionary.writes(feature.layer()).contains(place)) {
              continue;
            }
            double delta =
                live.get(feature.layer()).at(feature.position(), feature.feature())
                    - mean(dictionary, model, feature);
            moved += Math.abs(delta);
            try (var _ = NativeScope.open()) {
              double[] row =
                  dictionary.decoderRows(feature.layer(), place, feature.feature()).toDoubles();
              for (int i = 0; i < width; i++) {
                expected[feature.position() * width + i] += delta * row[i];
              }
            }
          }
          assertTrue(moved > 1e-3, "nothing differs from its mean");
          assertClose(
              expected, at(model, means.hooks(List.of(kept)), place, ids), place.toString());
        }
      }
    }
  }

  private static SparseActivations active(
      FeatureBasis basis, Transformer model, Hooks hooks, int layer, int[] ids) {
    List<SparseActivations> found = new ArrayList<>();
    // An autoencoder reads where it writes: what it reads is seen before that is replaced.
    Hooks first =
        Hooks.observe(
                basis.reads(layer),
                value -> found.add(basis.encode(layer, value.select(0, 0).contiguous())))
            .and(hooks);
    try (var _ = NativeScope.open()) {
      model.observe(TokenBatch.of(ids), first);
    }
    return found.getFirst();
  }

  private static double mean(FeatureBasis basis, Transformer model, FeatureAt feature) {
    double sum = 0;
    for (int[] text : texts(model)) {
      SparseActivations active = active(basis, model, Hooks.NONE, feature.layer(), text);
      for (int position = 1; position < text.length; position++) {
        sum += active.at(position, feature.feature());
      }
    }
    return sum / POSITIONS;
  }

  @ParameterizedTest
  @MethodSource("models")
  void aReferenceWithoutASecondTokenIsRefused(Path folder) {
    try (Transformer model = open(folder)) {
      List<int[]> texts = List.of(ids(model, 1, 1));
      assertThrows(
          IllegalArgumentException.class, () -> new MeanAblation(model, Optional.empty(), texts));
    }
  }
}
