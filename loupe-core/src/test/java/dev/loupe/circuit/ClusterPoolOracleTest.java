package dev.loupe.circuit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.dictionary.FeatureAt;
import dev.loupe.dictionary.FeatureId;
import java.io.IOException;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Values drawn from positions that are alike, over the fixtures' models. */
@Tag("oracle")
class ClusterPoolOracleTest {
  /** From a pool of one position its values are drawn, whatever is kept. */
  @TestFactory
  List<DynamicTest> onePositionIsItsMean() throws IOException {
    return CircuitFixture.each((fixture, p) -> {
      int[] ids = fixture.pair(p).clean();
      List<int[]> one = List.of(new int[] {17});
      List<FeatureId> some =
          fixture.nodes(p).stream().map(FeatureAt::id).filter(id -> id.feature() < 20).toList();
      try (Reference drawn = Reference.cluster(fixture.model, fixture.basis, one, 3);
          Reference mean = Reference.mean(fixture.model, fixture.basis, one, false)) {
        for (Errors errors : Errors.values()) {
          CircuitRuns runs = new CircuitRuns(fixture.model, fixture.basis, errors);
          for (boolean without : new boolean[] {false, true}) {
            NodeSet nodes = NodeSet.everywhere(some);
            List<double[]> logits =
                runs.logits(List.of(new CircuitRuns.Row(ids, drawn, nodes, without)));
            List<double[]> expected =
                runs.logits(List.of(new CircuitRuns.Row(ids, mean, nodes, without)));
            // A mean of probabilities has lost the constant of the logits.
            assertEquals(
                fixture.metric(expected.getFirst(), p),
                fixture.metric(logits.getFirst(), p),
                fixture.curveTolerance(),
                errors + " " + without);
          }
          if (errors == Errors.KEPT || errors == Errors.NODES) {
            double[] everything =
                runs.logits(List.of(CircuitRuns.Row.everything(ids, drawn))).getFirst();
            assertEquals(
                fixture.metric(fixture.clean(p).logits(), p),
                fixture.metric(everything, p),
                fixture.curveTolerance(),
                "everything kept");
          }
        }
      }
    });
  }

  @TestFactory
  List<DynamicTest> theNearestAreThoseOfAllDistances() throws IOException {
    return CircuitFixture.each((fixture, p) -> {
      Random random = new Random(4);
      List<PromptRun> runs =
          IntStream.range(0, 12)
              .mapToObj(
                  _ -> PromptRun.of(fixture.model, fixture.basis, random.ints(5, 0, 101).toArray()))
              .toList();
      ClusterPool pool = new ClusterPool(runs, 1);
      int layer = 1;
      int position = 3;
      BitSet kept = new BitSet();
      random.ints(12, 0, fixture.basis.features(layer)).forEach(kept::set);
      PromptRun here = fixture.clean(p);
      double[] distances = new double[60];
      double weight = 2 * (1 - layer / (fixture.basis.layers().size() - 1.0));
      for (int cell = 0; cell < distances.length; cell++) {
        distances[cell] = Math.pow(weight * (cell % 5 - position) / 5, 2);
        for (int f : kept.stream().toArray()) {
          double largest = 0;
          for (int other = 0; other < distances.length; other++) {
            largest = Math.max(largest, runs.get(other / 5).at(FeatureAt.of(layer, f, other % 5)));
          }
          if (largest > 0) {
            double there = runs.get(cell / 5).at(FeatureAt.of(layer, f, cell % 5));
            double own = here.at(FeatureAt.of(layer, f, position));
            distances[cell] += Math.pow((there - own) / largest, 2);
          }
        }
      }
      int[] expected =
          IntStream.range(0, distances.length)
              .boxed()
              .sorted(Comparator.comparingDouble(cell -> distances[cell]))
              .limit(3)
              .mapToInt(Integer::intValue)
              .sorted()
              .toArray();
      int[] found =
          pool.nearest(layer, position, kept, f -> here.at(FeatureAt.of(layer, f, position)));
      Arrays.sort(found);
      assertArrayEquals(expected, found);
    });
  }

  @Test
  void probabilitiesAreAveraged() {
    double[] mean = ClusterPool.mean(new double[][] {{0, 0}, {Math.log(3) + 5, 5}});
    assertEquals(Math.log(.625), mean[0], 1e-12);
    assertEquals(Math.log(.375), mean[1], 1e-12);
    assertTrue(mean[0] > mean[1]);
  }
}
