package dev.loupe.instrument.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.dictionary.Dictionary;
import dev.loupe.dictionary.FeatureAt;
import dev.loupe.dictionary.LocalReplacement;
import dev.loupe.dictionary.NeuronBasis;
import dev.loupe.dictionary.RandomBases;
import dev.loupe.dictionary.SparseActivations;
import dev.loupe.instrument.trace.ActiveUnits.Written;
import dev.loupe.model.ModelFixture;
import dev.loupe.model.Tap;
import dev.loupe.model.Transformer;
import dev.loupe.model.load.LoadOptions;
import dev.loupe.model.load.ModelLoader;
import dev.loupe.model.run.FrozenRun;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.NativeScope;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Tag("oracle")
class MatchedSetsTest {
  private static final int LENGTH = 6;

  /** A partner is one of the eight closest that are free. */
  private static final int CLOSEST = 8;

  static Stream<Path> models() {
    return ModelFixture.folders().stream();
  }

  /** The units of a run in both bases. */
  private record Opened(
      Transformer model, FrozenRun run, @Nullable LocalReplacement replacement, ActiveUnits active)
      implements AutoCloseable {
    static Opened of(Path folder, boolean features) {
      Transformer model = ModelLoader.transformer(folder, LoadOptions.of(DType.F64));
      int[] ids = new Random(7).ints(LENGTH, 0, model.config().vocabulary()).toArray();
      if (!features) {
        FrozenRun run = FrozenRun.of(model, ids);
        return new Opened(model, run, null, new ActiveUnits(model, run, null));
      }
      Dictionary dictionary = RandomBases.crossing(model).computingIn(DType.F64);
      FrozenRun run = FrozenRun.of(model, ids, LocalReplacement.taps(dictionary));
      LocalReplacement replacement = LocalReplacement.of(dictionary, run::at, 0);
      return new Opened(model, run, replacement, new ActiveUnits(model, run, replacement));
    }

    /** A few units of each place, as many are left over. */
    List<FeatureAt> some(Random random) {
      List<FeatureAt> some = new ArrayList<>();
      for (int layer = 0; layer < model.config().layers(); layer++) {
        for (int position = 1; position < LENGTH; position += 2) {
          List<Written> all = new ArrayList<>(active.at(layer, position));
          Collections.shuffle(all, random);
          all.stream().limit(all.size() / 3).map(Written::unit).forEach(some::add);
        }
      }
      return some;
    }

    @Override
    public void close() {
      if (replacement != null) {
        replacement.close();
      }
      run.close();
      model.close();
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void partnersStandAtTheSamePlaceAndWriteAboutAsMuch(Path folder) {
    for (boolean features : new boolean[] {false, true}) {
      try (Opened opened = Opened.of(folder, features)) {
        List<FeatureAt> like = opened.some(new Random(1));
        assertTrue(like.size() > 10, () -> "only " + like.size());
        MatchedSets.Drawn drawn = new MatchedSets(opened.active, LENGTH).draw(like, new Random(2));
        assertEquals(like.size(), drawn.units().size());
        Set<FeatureAt> taken = new HashSet<>(like);
        double wanted = 0;
        double norms = 0;
        for (int i = 0; i < like.size(); i++) {
          FeatureAt unit = like.get(i);
          FeatureAt partner = drawn.units().get(i);
          assertEquals(unit.layer(), partner.layer());
          assertEquals(unit.position(), partner.position());
          double norm = opened.active.norm(unit);
          double[] gaps =
              opened.active.at(unit.layer(), unit.position()).stream()
                  .filter(each -> !taken.contains(each.unit()))
                  .mapToDouble(each -> Math.abs(each.norm() - norm))
                  .sorted()
                  .limit(CLOSEST)
                  .toArray();
          double gap = Math.abs(opened.active.norm(partner) - norm);
          assertTrue(gap <= gaps[gaps.length - 1] + 1e-12, unit + " and " + partner);
          assertTrue(taken.add(partner), () -> partner + " is in the set or drawn twice");
          wanted += norm;
          norms += opened.active.norm(partner);
        }
        assertEquals(norms / wanted, drawn.normRatio(), 1e-12);
      }
    }
  }

  @Test
  void aSeedDrawsTheSameSetAgain() {
    try (Opened opened = Opened.of(ModelFixture.folders().getFirst(), false)) {
      MatchedSets sets = new MatchedSets(opened.active, LENGTH);
      List<FeatureAt> like = opened.some(new Random(1));
      assertEquals(sets.draw(like, new Random(2)), sets.draw(like, new Random(2)));
      assertNotEquals(sets.draw(like, new Random(2)), sets.draw(like, new Random(3)));
    }
  }

  @Test
  void wherePlacesRunOutTheNextPositionsStandIn() {
    try (Opened opened = Opened.of(ModelFixture.folders().getFirst(), false)) {
      MatchedSets sets = new MatchedSets(opened.active, LENGTH);
      List<FeatureAt> place = opened.active.at(1, LENGTH - 2).stream().map(Written::unit).toList();
      List<FeatureAt> drawn = sets.draw(place, new Random(2)).units();
      assertEquals(place.size(), drawn.size());
      assertTrue(
          drawn.stream().allMatch(each -> each.layer() == 1 && each.position() == LENGTH - 1),
          "no other position is left from the set's first on");
      List<FeatureAt> all =
          IntStream.of(LENGTH - 2, LENGTH - 1)
              .boxed()
              .flatMap(position -> opened.active.at(1, position).stream())
              .map(Written::unit)
              .toList();
      assertEquals(List.of(), sets.draw(all, new Random(2)).units(), "none is left");
      assertEquals(new MatchedSets.Drawn(List.of(), 1), sets.draw(List.of(), new Random(2)));
    }
  }

  /** Activation times decoder row, over all places. */
  @ParameterizedTest
  @MethodSource("models")
  void normsAreOfWhatAUnitWrites(Path folder) {
    try (Opened opened = Opened.of(folder, true);
        var _ = NativeScope.open()) {
      LocalReplacement replacement = Objects.requireNonNull(opened.replacement);
      assertSorted(opened, replacement.active(0));
      SparseActivations active = replacement.active(0);
      for (int i = active.start(3); i < active.start(4); i++) {
        double squares = 0;
        for (Tap place : replacement.basis().writes(0)) {
          squares +=
              replacement.basis().decoderRows(0, place, active.feature(i)).square().sum().item();
        }
        assertEquals(
            Math.abs(active.value(i)) * Math.sqrt(squares),
            opened.active.norm(FeatureAt.of(0, active.feature(i), 3)),
            1e-9 * (1 + Math.sqrt(squares) * Math.abs(active.value(i))));
      }
    }
    try (Opened opened = Opened.of(folder, false)) {
      if (NeuronBasis.suits(opened.model)) {
        assertNeuronNorms(opened);
      }
    }
  }

  private static void assertSorted(Opened opened, SparseActivations active) {
    List<Written> at = opened.active.at(0, 3);
    assertEquals(active.start(4) - active.start(3), at.size());
    for (int i = 1; i < at.size(); i++) {
      assertTrue(at.get(i - 1).norm() <= at.get(i).norm(), "by rising norm");
    }
    assertEquals(active.at(3, 0) == 0, opened.active.norm(FeatureAt.of(0, 0, 3)) == 0);
    assertFalse(at.stream().anyMatch(each -> each.norm() == 0));
  }

  private static void assertNeuronNorms(Opened opened) {
    try (var _ = NativeScope.open()) {
      NeuronBasis neurons = NeuronBasis.of(opened.model);
      SparseActivations active = neurons.encode(1, opened.run.mlpIn(1));
      int[] units = IntStream.range(0, neurons.features(1)).toArray();
      double[] rows =
          neurons
              .decoderRows(1, neurons.writes(1).getFirst(), units)
              .square()
              .sum(false, 1)
              .sqrt()
              .toDoubles();
      double[] expected =
          Arrays.stream(units)
              .mapToDouble(unit -> Math.abs(active.at(2, unit)) * rows[unit])
              .toArray();
      for (int unit : units) {
        assertEquals(
            expected[unit],
            opened.active.norm(FeatureAt.of(1, unit, 2)),
            1e-9 * (1 + expected[unit]));
      }
    }
  }
}
