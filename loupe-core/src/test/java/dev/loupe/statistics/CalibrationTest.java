package dev.loupe.statistics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.loupe.statistics.Calibration.Bin;
import dev.loupe.statistics.Calibration.Prediction;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CalibrationTest {
  @Test
  void isTheWeightedDistanceOfConfidenceAndAccuracyByBin() {
    List<Bin> bins =
        Calibration.bins(
            List.of(
                new Prediction(0.95, true),
                new Prediction(1, true),
                new Prediction(0.92, false),
                new Prediction(0.15, false)),
            10);
    assertEquals(3, bins.get(9).count());
    assertEquals(2.0 / 3, bins.get(9).accuracy(), 1e-15);
    double first = (0.95 + 1 + 0.92) / 3 - 2.0 / 3;
    assertEquals((3 * first + 1 * 0.15) / 4, Calibration.expectedError(bins), 1e-15);
  }

  @Test
  void isNearZeroForPredictionsThatComeTrueAsOftenAsTheySay() {
    Random random = new Random(5);
    List<Prediction> predictions = new ArrayList<>();
    for (int i = 0; i < 100_000; i++) {
      double confidence = random.nextDouble();
      predictions.add(new Prediction(confidence, random.nextDouble() < confidence));
    }
    // Ten bins of 10,000 each miss by at most 0.005 at one standard deviation.
    assertEquals(0, Calibration.expectedError(Calibration.bins(predictions, 10)), 0.015);
  }

  @Test
  void refusesWhatIsNoProbability() {
    assertThrows(IllegalArgumentException.class, () -> new Prediction(1.1, true));
    assertThrows(IllegalArgumentException.class, () -> new Prediction(Double.NaN, true));
  }
}
