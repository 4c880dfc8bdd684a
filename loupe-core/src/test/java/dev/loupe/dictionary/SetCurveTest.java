package dev.loupe.dictionary;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.function.IntToDoubleFunction;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

class SetCurveTest {
  private final List<List<Integer>> batches = new ArrayList<>();

  /** One logit, a function of the size; no size may be run twice. */
  private SetCurve curve(int most, int stride, IntToDoubleFunction logit) {
    Set<Integer> ran = new HashSet<>();
    return new SetCurve(
        most,
        stride,
        sizes -> {
          batches.add(List.copyOf(sizes));
          sizes.forEach(size -> assertTrue(ran.add(size), size + " is run twice"));
          return sizes.stream().map(size -> new double[] {logit.applyAsDouble(size)}).toList();
        });
  }

  private static Predicate<double[]> from(double threshold) {
    return logits -> logits[0] >= threshold;
  }

  private static OptionalInt crossing(SetCurve curve, Predicate<double[]> holds) {
    curve.at(0);
    curve.climb(1, holds);
    return curve.crossings(List.of(holds)).getFirst();
  }

  @Test
  void theLadderGoesUpToTheLast() {
    assertEquals(List.of(1, 2, 5, 10, 20, 50, 100, 137), curve(137, 1, size -> size).ladder());
    assertEquals(List.of(1, 2, 5, 10, 20, 50, 100), curve(100, 1, size -> size).ladder());
    assertEquals(List.of(1, 5, 20, 100, 137), curve(137, 2, size -> size).ladder());
    assertEquals(List.of(1), curve(1, 1, size -> size).ladder());
    assertEquals(List.of(1, 2), curve(2, 2, size -> size).ladder());
    assertEquals(List.of(), curve(0, 1, size -> size).ladder());
  }

  @Test
  void climbsNoFurtherThanTheBatchInWhichItHolds() {
    SetCurve curve = curve(1000, 1, size -> size);
    curve.climb(1, from(7));
    assertEquals(List.of(List.of(1, 2, 5, 10)), batches);
    curve.climb(1, from(21));
    assertEquals(List.of(List.of(1, 2, 5, 10), List.of(20, 50, 100, 200)), batches);
    curve.climb(500, from(21));
    assertEquals(List.of(500, 1000), batches.getLast());
    assertEquals(
        List.of(1, 2, 5, 10, 20, 50, 100, 200, 500, 1000), List.copyOf(curve.runs().keySet()));
  }

  @Test
  void aSizeThatWasRunIsNotRunAgain() {
    SetCurve curve = curve(30, 1, size -> size);
    assertEquals(7, curve.at(7)[0]);
    assertEquals(7, curve.at(7)[0]);
    assertEquals(OptionalInt.of(7), crossing(curve, from(7)));
    assertEquals(OptionalInt.of(3), crossing(curve, from(3)));
  }

  @Test
  void severalConditionsAreHalvedSideBySide() {
    SetCurve curve = curve(20, 1, size -> size);
    curve.climb(1, from(20));
    batches.clear();
    assertEquals(
        List.of(OptionalInt.of(8), OptionalInt.of(15), OptionalInt.empty()),
        curve.crossings(List.of(from(8), from(15), from(21))));
    assertEquals(List.of(7, 15), batches.getFirst());
  }

  @Test
  void whatNeverHoldsOrHeldBeforeHasNoCrossing() {
    SetCurve curve = curve(300, 1, size -> size);
    assertEquals(OptionalInt.empty(), crossing(curve, from(301)));
    assertTrue(curve.runs().containsKey(300));
    assertEquals(OptionalInt.empty(), crossing(curve(300, 1, size -> size), from(0)));
    assertEquals(OptionalInt.empty(), crossing(curve(0, 1, size -> size), from(1)));
  }

  /** It holds at 3 alone and from 40 on: what the ladder steps over is not found. */
  @Test
  void ofACurveThatGoesUpAndDownItIsSomePlaceWhereItComesToHold() {
    SetCurve curve = curve(100, 1, size -> size == 3 || size >= 40 ? 1 : 0);
    int found = crossing(curve, from(1)).orElseThrow();
    assertTrue(curve.at(found)[0] >= 1);
    assertFalse(curve.at(38)[0] >= 1 && found > 40);
    assertEquals(40, found, 2);
    assertEquals(
        OptionalInt.of(2),
        crossing(curve(100, 1, size -> size == 2 || size >= 40 ? 1 : 0), from(1)),
        "the ladder meets 2");
  }

  @Test
  void ofMonotoneCurvesItIsExactUpToTwentyAndWithinATwentiethBeyond() {
    Random random = new Random(5);
    for (int trial = 0; trial < 2000; trial++) {
      int most = 1 + random.nextInt(random.nextBoolean() ? 60 : 20_000);
      int threshold = 1 + random.nextInt(most);
      int stride = 1 + random.nextInt(2);
      String what = threshold + " of " + most + " by " + stride;
      SetCurve curve = curve(most, stride, size -> size);
      int found = crossing(curve, from(threshold)).orElseThrow();
      assertTrue(found >= threshold, what);
      assertTrue(found - threshold <= found * stride / 20.0, () -> what + ": " + found);
      if (threshold <= 20 / stride) {
        assertEquals(threshold, found, what);
      }
      int runs = curve.runs().size();
      assertTrue(runs <= 30, () -> what + " took " + runs + " runs");
    }
  }
}
