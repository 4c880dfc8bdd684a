package dev.loupe.examination;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class OwnFeaturesTest {
  private static void add(
      OwnFeatures own, int times, int token, int feature, double activation, boolean chooses) {
    for (int i = 0; i < times; i++) {
      own.add(new int[] {feature}, new float[] {(float) activation}, token, chooses);
    }
  }

  /**
   * Feature 3 is on token 7 above 2 and on others below; feature 4 is on token 7 half of the time.
   */
  @Test
  void theThresholdIsChosenOnOneHalfAndMeasuredOnTheOther() {
    OwnFeatures own = new OwnFeatures(9);
    add(own, 6, 7, 3, 2.5, true);
    add(own, 10, 1, 3, 1, true);
    add(own, 3, 7, 4, 9, true);
    // On the other half: 4 of 8 are found, and 1 of the 5 that are found is another token.
    add(own, 4, 7, 3, 3, false);
    add(own, 4, 7, 3, 2.4, false);
    add(own, 1, 2, 3, 2.6, false);
    add(own, 5, 2, 3, 1, false);
    OwnFeatures.Best best = own.best(Set.of(7)).getOrDefault(7, new OwnFeatures.Best(-1, 0));
    assertEquals(3, best.feature());
    assertEquals(2.0 * 4 / (5 + 8), best.f1(), 1e-12);
    assertEquals(2, own.alive());
    assertEquals(33, own.positions());
  }

  @Test
  void aTokenOnWhichNothingIsActiveHasNoFeature() {
    OwnFeatures own = new OwnFeatures(2);
    own.add(new int[0], new float[0], 5, true);
    own.add(new int[0], new float[0], 5, false);
    assertEquals(Map.of(5, new OwnFeatures.Best(-1, 0)), own.best(Set.of(5)));
  }

  /** A feature that is perfect on the half that chose it and silent on the other has an F1 of 0. */
  @Test
  void chanceOnTheChoosingHalfDoesNotCount() {
    OwnFeatures own = new OwnFeatures(2);
    add(own, 4, 5, 1, 1, true);
    own.add(new int[0], new float[0], 5, false);
    assertEquals(new OwnFeatures.Best(1, 0), own.best(Set.of(5)).get(5));
  }
}
