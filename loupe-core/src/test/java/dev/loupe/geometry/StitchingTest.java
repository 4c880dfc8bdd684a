package dev.loupe.geometry;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class StitchingTest {
  /** The change of the error, worked out by adding each feature to each reconstruction. */
  @Test
  void changesAreThoseOfTheErrorItself() {
    Random random = new Random(1);
    double[] decoder = random.doubles(5 * 4, -1, 1).toArray();
    double[] errors = random.doubles(7 * 4, -1, 1).toArray();
    double[] activations = random.doubles(7 * 5, -1, 1).map(a -> Math.max(0, a)).toArray();
    double[] expected = new double[5];
    for (int feature = 0; feature < 5; feature++) {
      for (int position = 0; position < 7; position++) {
        for (int i = 0; i < 4; i++) {
          double before = errors[position * 4 + i];
          double after = before - activations[position * 5 + feature] * decoder[feature * 4 + i];
          expected[feature] += after * after - before * before;
        }
      }
    }
    try (var _ = NativeScope.open()) {
      Stitching stitching = new Stitching(Tensor.of(decoder, 5, 4));
      stitching.add(
          Tensor.of(errors, 7, 4),
          (position, use) -> {
            for (int feature = 0; feature < 5; feature++) {
              if (activations[position * 5 + feature] != 0) {
                use.feature(feature, activations[position * 5 + feature]);
              }
            }
          });
      assertArrayEquals(expected, stitching.changes(), 1e-12);
      assertEquals(
          Arrays.stream(activations).filter(a -> a != 0).count(),
          Arrays.stream(stitching.active()).sum());
    }
  }

  /** A feature that is the whole error is novel; one that is a duplicate adds its own square. */
  @Test
  void theMissingFeatureIsNovelAndADuplicateIsNot() {
    try (var _ = NativeScope.open()) {
      Stitching stitching = new Stitching(Tensor.of(new double[] {1, 0, 0, 1}, 2, 2));
      stitching.add(
          Tensor.of(new double[] {3, 0}, 1, 2),
          (_, use) -> {
            use.feature(0, 3);
            use.feature(1, 2);
          });
      assertArrayEquals(new double[] {-9, 4}, stitching.changes(), 1e-12);
    }
  }
}
