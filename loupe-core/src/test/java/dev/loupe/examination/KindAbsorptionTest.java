package dev.loupe.examination;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.examination.KindAbsorption.Seen;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Absorption that was planted is found, all of it and nothing else. */
class KindAbsorptionTest {
  private static final int WORDS = 40;

  /** The first half of the words is of the kind; axis 0 is the kind, axis 1 + w the word. */
  private static final int WIDTH = 1 + WORDS;

  private static final int FEATURES = 100 + WORDS;

  /**
   * Feature 0 writes the kind, feature 1 + w the word; feature 100 + w writes both, and where it is
   * active the kind's own feature is silent.
   */
  private static double[] decoder() {
    double[] rows = new double[FEATURES * WIDTH];
    rows[0] = 1;
    for (int word = 0; word < WORDS; word++) {
      rows[(1 + word) * WIDTH + 1 + word] = 1;
      rows[(100 + word) * WIDTH] = Math.sqrt(0.5);
      rows[(100 + word) * WIDTH + 1 + word] = Math.sqrt(0.5);
    }
    return rows;
  }

  /**
   * @param absorbed words of the kind below this number are written by one feature alone
   */
  private static List<Seen> seen(int absorbed) {
    Random random = new Random(5);
    List<Seen> seen = new ArrayList<>();
    for (int i = 0; i < 20 * WORDS; i++) {
      int word = i % WORDS;
      boolean kind = word < WORDS / 2;
      double strength = 1 + random.nextDouble();
      double[] stream = new double[WIDTH];
      stream[0] = kind ? strength : 0;
      stream[1 + word] = strength;
      int[] features =
          kind && word < absorbed
              ? new int[] {100 + word}
              : kind ? new int[] {0, 1 + word} : new int[] {1 + word};
      double[] values = new double[features.length];
      java.util.Arrays.fill(values, features[0] >= 100 ? strength * Math.sqrt(2) : strength);
      seen.add(new Seen(stream, features, values, word, i / WORDS % 2 == 0));
    }
    return seen;
  }

  private static KindAbsorption measure(int absorbed) {
    try (var _ = NativeScope.open()) {
      Tensor decoder = Tensor.of(decoder(), FEATURES, WIDTH);
      return KindAbsorption.of(seen(absorbed), word -> word < WORDS / 2, decoder, 1).orElseThrow();
    }
  }

  @Test
  void withoutAbsorptionThereIsNone() {
    KindAbsorption none = measure(0);
    assertEquals(1, none.probeF1());
    assertEquals(List.of(0), none.own());
    assertEquals(1, none.ownF1());
    assertEquals(0, none.silent().value());
    assertEquals(0, none.full().value());
    assertTrue(none.fraction().value() < 0.1, none.fraction()::toString);
  }

  /**
   * One word of twenty: its feature would raise the F1 by less than a feature must to be an own
   * one.
   */
  @Test
  void plantedAbsorptionIsFound() {
    KindAbsorption one = measure(1);
    assertEquals(List.of(0), one.own());
    assertEquals(0.05, one.silent().value(), 1e-12);
    assertEquals(0.05, one.full().value(), 1e-12);
    assertTrue(one.full().low() < 0.05 && one.full().high() > 0.05, one.full()::toString);
    double rest = measure(0).fraction().value();
    assertTrue(one.fraction().value() >= 0.05 + 0.9 * rest, one.fraction()::toString);
  }

  @Test
  void aKindThatIsAlwaysThereCannotBeMeasured() {
    try (var _ = NativeScope.open()) {
      Tensor decoder = Tensor.of(decoder(), FEATURES, WIDTH);
      assertEquals(Optional.empty(), KindAbsorption.of(seen(0), _ -> true, decoder, 1));
    }
  }
}
