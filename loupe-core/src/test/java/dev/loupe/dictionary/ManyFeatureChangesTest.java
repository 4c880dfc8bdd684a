package dev.loupe.dictionary;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.model.Hooks;
import dev.loupe.model.KeyValueCache;
import dev.loupe.model.ModelFixture;
import dev.loupe.model.Tap;
import dev.loupe.model.TokenBatch;
import dev.loupe.model.Transformer;
import dev.loupe.model.load.LoadOptions;
import dev.loupe.model.load.ModelLoader;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Many features of dictionaries that change at once, in several rows, positions and layers. */
@Tag("oracle")
class ManyFeatureChangesTest {
  private static final int LENGTH = 6;
  private static final int ROWS = 3;

  /** Of sums of some hundreds of float64 terms, relative to the largest. */
  private static final double TOLERANCE = 1e-9;

  static Stream<Path> models() {
    return ModelFixture.folders().stream();
  }

  private static Transformer open(Path folder) {
    return ModelLoader.transformer(folder, LoadOptions.of(DType.F64));
  }

  private static int[] ids(Transformer model) {
    return new Random(3).ints(LENGTH, 0, model.config().vocabulary()).toArray();
  }

  private static double[] logits(Transformer model, Hooks hooks, int rows, int[] ids) {
    try (var _ = NativeScope.open()) {
      int[][] copies = IntStream.range(0, rows).mapToObj(_ -> ids).toArray(int[][]::new);
      return model.logits(TokenBatch.of(copies), hooks).toDoubles();
    }
  }

  private static void assertClose(double[] expected, double[] actual, String what) {
    double largest = Arrays.stream(expected).map(Math::abs).max().orElse(0);
    assertArrayEquals(expected, actual, TOLERANCE * (1 + largest), what);
  }

  /** For each row some thirty changes in all layers, some everywhere. */
  private static List<List<FeatureChange>> changes(FeatureBasis basis, boolean addsOnly) {
    Random random = new Random(11);
    List<List<FeatureChange>> rows = new ArrayList<>();
    for (int row = 0; row < ROWS; row++) {
      List<FeatureChange> changes = new ArrayList<>();
      Set<List<Integer>> seen = new HashSet<>();
      for (int layer : basis.layers()) {
        changes.add(
            new FeatureChange(layer, row, OptionalInt.empty(), new FeatureChange.Action.Add(0.2)));
        for (int each = 0; each < 10; each++) {
          int position = random.nextInt(LENGTH);
          int feature = ROWS + random.nextInt(RandomBases.FEATURES - ROWS);
          double value = random.nextGaussian();
          FeatureChange.Action action =
              addsOnly
                  ? new FeatureChange.Action.Add(value)
                  : each % 2 == 0
                      ? new FeatureChange.Action.Set(value)
                      : new FeatureChange.Action.Scale(value);
          if (seen.add(List.of(layer, position, feature))) {
            changes.add(FeatureChange.at(layer, position, feature, action));
          }
        }
      }
      rows.add(changes);
    }
    return rows;
  }

  @ParameterizedTest
  @MethodSource("models")
  void rowsTogetherEqualEachAlone(Path folder) {
    try (Transformer model = open(folder)) {
      int[] ids = ids(model);
      for (Dictionary dictionary : RandomBases.some(model)) {
        FeatureBasis basis = dictionary.computingIn(DType.F64);
        List<List<FeatureChange>> rows = changes(basis, false);
        double[] together =
            logits(model, FeatureHooks.eachFree(model, basis, rows), rows.size(), ids);
        int size = together.length / ROWS;
        for (int row = 0; row < ROWS; row++) {
          assertClose(
              logits(model, FeatureHooks.free(model, basis, rows.get(row)), 1, ids),
              Arrays.copyOfRange(together, row * size, (row + 1) * size),
              "row " + row);
        }
      }
    }
  }

  /** Amounts times decoder rows, added one by one at all places that each feature writes to. */
  @ParameterizedTest
  @MethodSource("models")
  void whatIsAddedIsAddedAtEveryPlaceThatAFeatureWritesTo(Path folder) {
    try (Transformer model = open(folder)) {
      int[] ids = ids(model);
      for (Dictionary dictionary : RandomBases.some(model)) {
        FeatureBasis basis = dictionary.computingIn(DType.F64);
        List<List<FeatureChange>> rows = changes(basis, true);
        double[] expected = logits(model, added(basis, rows), ROWS, ids);
        assertClose(
            expected, logits(model, FeatureHooks.eachFree(model, basis, rows), ROWS, ids), "adds");
        double[] plain = logits(model, Hooks.NONE, ROWS, ids);
        assertTrue(
            IntStream.range(0, plain.length).anyMatch(i -> Math.abs(plain[i] - expected[i]) > 1e-3),
            "nothing changed");
      }
    }
  }

  /** A later feature is set from what it is once an earlier one has changed. */
  @ParameterizedTest
  @MethodSource("models")
  void whatIsSetInALaterLayerStartsFromWhatEarlierChangesLeave(Path folder) {
    try (Transformer model = open(folder)) {
      int[] ids = ids(model);
      for (Dictionary dictionary : RandomBases.some(model)) {
        FeatureBasis basis = dictionary.computingIn(DType.F64);
        List<FeatureChange> set =
            List.of(
                FeatureChange.at(0, 2, 5, new FeatureChange.Action.Set(3)),
                FeatureChange.at(1, 4, 7, new FeatureChange.Action.Set(-2)));
        double first = 3 - active(model, basis, Hooks.NONE, ids, 0).at(2, 5);
        FeatureChange before = FeatureChange.at(0, 2, 5, new FeatureChange.Action.Add(first));
        Hooks changed = added(basis, List.of(List.of(before)));
        double second = -2 - active(model, basis, changed, ids, 1).at(4, 7);
        FeatureChange after = FeatureChange.at(1, 4, 7, new FeatureChange.Action.Add(second));
        assertClose(
            logits(model, added(basis, List.of(List.of(before, after))), 1, ids),
            logits(model, FeatureHooks.free(model, basis, set), 1, ids),
            "sets");
      }
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void aPromptAndItsContinuationOverACacheAreOneRun(Path folder) {
    try (Transformer model = open(folder)) {
      int[] ids = ids(model);
      for (Dictionary dictionary : RandomBases.some(model)) {
        FeatureBasis basis = dictionary.computingIn(DType.F64);
        List<FeatureChange> row = changes(basis, false).getFirst();
        double[] whole = logits(model, FeatureHooks.free(model, basis, row), 1, ids);
        int vocabulary = whole.length / LENGTH;
        Hooks hooks = FeatureHooks.free(model, basis, row);
        try (KeyValueCache cache = new KeyValueCache(model.config().layers());
            var _ = NativeScope.open()) {
          model.hidden(TokenBatch.of(Arrays.copyOf(ids, 3)), hooks, cache);
          int[] rest = Arrays.copyOfRange(ids, 3, LENGTH);
          assertClose(
              Arrays.copyOfRange(whole, 3 * vocabulary, whole.length),
              model.unembed(model.hidden(TokenBatch.of(rest), hooks, cache)).toDoubles(),
              "continued");
        }
      }
    }
  }

  private static SparseActivations active(
      Transformer model, FeatureBasis basis, Hooks hooks, int[] ids, int layer) {
    List<SparseActivations> found = new ArrayList<>();
    logits(
        model,
        hooks.and(
            Hooks.observe(
                basis.reads(layer),
                value -> found.add(basis.encode(layer, value.select(0, 0).contiguous())))),
        1,
        ids);
    return found.getFirst();
  }

  private static Hooks added(FeatureBasis basis, List<List<FeatureChange>> rows) {
    Set<Tap> places = new LinkedHashSet<>();
    basis.layers().forEach(layer -> places.addAll(basis.writes(layer)));
    Hooks hooks = Hooks.NONE;
    for (Tap place : places) {
      hooks = hooks.and(Hooks.replace(place, value -> plus(basis, rows, place, value)));
    }
    return hooks;
  }

  private static Tensor plus(
      FeatureBasis basis, List<List<FeatureChange>> rows, Tap place, Tensor value) {
    double[] sums = value.toDoubles();
    int width = value.size(2);
    for (int row = 0; row < rows.size(); row++) {
      for (FeatureChange change : rows.get(row)) {
        if (!basis.writes(change.layer()).contains(place)) {
          continue;
        }
        double[] direction = basis.decoderRows(change.layer(), place, change.feature()).toDoubles();
        double amount = change.from(0);
        int last = change.position().orElse(value.size(1) - 1);
        for (int position = change.position().orElse(0); position <= last; position++) {
          for (int i = 0; i < width; i++) {
            sums[(row * value.size(1) + position) * width + i] += amount * direction[i];
          }
        }
      }
    }
    return Tensor.of(sums, value.shape());
  }
}
