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
import dev.loupe.tensor.Engine;
import dev.loupe.tensor.NativeScope;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Tag("oracle")
class ChangedRunsTest {
  private static final int LENGTH = 9;
  private static final int FROM = 5;

  /** Of sums of some hundreds of float64 terms, relative to the largest. */
  private static final double TOLERANCE = 1e-9;

  static Stream<Path> models() {
    return ModelFixture.folders().stream();
  }

  private static Transformer open() {
    return open(ModelFixture.folders().getFirst());
  }

  private static Transformer open(Path folder) {
    return ModelLoader.transformer(folder, LoadOptions.of(DType.F64));
  }

  private static int[] ids(Transformer model) {
    return new Random(3).ints(LENGTH, 0, model.config().vocabulary()).toArray();
  }

  private static List<Optional<Dictionary>> bases(Transformer model) {
    List<Optional<Dictionary>> bases = new ArrayList<>();
    bases.add(Optional.empty());
    RandomBases.some(model).forEach(each -> bases.add(Optional.of(each.computingIn(DType.F64))));
    return bases;
  }

  /** The plain run, and two with changes after the fifth token. */
  private static List<List<FeatureChange>> runs() {
    return List.of(
        List.of(),
        List.of(FeatureAt.of(0, 3, FROM).set(2), FeatureAt.of(1, 5, LENGTH - 1).set(-1)),
        List.of(FeatureAt.of(0, 2, FROM + 1).set(4)));
  }

  private static void assertClose(double[] expected, double[] actual) {
    double largest = Arrays.stream(expected).map(Math::abs).max().orElse(0);
    assertArrayEquals(expected, actual, TOLERANCE * (1 + largest));
  }

  @ParameterizedTest
  @MethodSource("models")
  void aSharedPrefixChangesNothing(Path folder) {
    try (Transformer model = open(folder)) {
      int[] ids = ids(model);
      double[] plain;
      try (var _ = NativeScope.open()) {
        plain = model.logits(TokenBatch.of(ids), Hooks.NONE).select(1, LENGTH - 1L).toDoubles();
      }
      for (Optional<Dictionary> basis : bases(model)) {
        try (ChangedRuns runs = new ChangedRuns(model, basis, ids)) {
          List<double[]> expected = runs.logits(0, runs(), batch -> hooks(model, basis, batch));
          List<double[]> found = runs.logits(runs());
          assertEquals(3, found.size());
          for (int run = 0; run < 3; run++) {
            assertClose(expected.get(run), found.get(run));
          }
          assertClose(plain, found.getFirst());
          assertTrue(distance(plain, found.get(1)) > 1e-6 && distance(plain, found.get(2)) > 1e-6);
          assertClose(expected.get(2), runs.logits(runs().subList(2, 3)).getFirst());
        }
      }
    }
  }

  /** Of whole runs, the changes at their own positions. */
  private static Hooks hooks(
      Transformer model, Optional<Dictionary> basis, List<List<FeatureChange>> runs) {
    return basis
        .map(each -> FeatureHooks.eachFree(model, each, runs))
        .orElseGet(() -> NeuronHooks.each(runs));
  }

  private static double distance(double[] one, double[] other) {
    double largest = 0;
    for (int i = 0; i < one.length; i++) {
      largest = Math.max(largest, Math.abs(one[i] - other[i]));
    }
    return largest;
  }

  @Test
  void noRunsNoLogits() {
    try (Transformer model = open();
        ChangedRuns runs = new ChangedRuns(model, Optional.empty(), ids(model))) {
      assertEquals(List.of(), runs.logits(List.of()));
      assertEquals(List.of(), runs.logits(0, List.of(), _ -> Hooks.NONE));
    }
  }

  /** More than go through the model in one batch. */
  @Test
  void manyRunsKeepTheirOrder() {
    try (Transformer model = open();
        ChangedRuns runs = new ChangedRuns(model, Optional.empty(), ids(model))) {
      List<List<FeatureChange>> many = new ArrayList<>(Collections.nCopies(600, List.of()));
      many.set(1, runs().get(1));
      many.set(599, runs().get(2));
      List<double[]> expected = runs.logits(runs());
      List<double[]> found = runs.logits(many);
      assertEquals(600, found.size());
      assertClose(expected.get(0), found.get(0));
      assertClose(expected.get(1), found.get(1));
      assertClose(expected.get(0), found.get(598));
      assertClose(expected.get(2), found.get(599));
    }
  }

  @Test
  void leaveNoNativeMemoryBehind() {
    try (Transformer model = open()) {
      int[] ids = ids(model);
      for (Optional<Dictionary> basis : bases(model)) {
        long before = Engine.retainedTensors();
        try (ChangedRuns runs = new ChangedRuns(model, basis, ids)) {
          long open = Engine.retainedTensors();
          assertTrue(open > before, "the prefix is kept");
          runs.logits(runs());
          assertEquals(open, Engine.retainedTensors(), "after a batch");
          assertThrows(Mishap.class, () -> runs.logits(FROM, List.of(0, 1), _ -> failing(0)));
          assertThrows(Mishap.class, () -> runs.logits(FROM, List.of(0, 1), _ -> failing(1)));
          assertEquals(open, Engine.retainedTensors(), "after a hook that failed");
        }
        assertEquals(before, Engine.retainedTensors(), "after close");
        assertThrows(
            Mishap.class, () -> new ChangedRuns(model.with(failing(1)), basis, ids).close());
        assertEquals(before, Engine.retainedTensors(), "after a prefix that failed");
      }
    }
  }

  private static final class Mishap extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  private static Hooks failing(int layer) {
    return Hooks.observe(
        new Tap(Site.MLP_OUT, layer),
        _ -> {
          throw new Mishap();
        });
  }
}
