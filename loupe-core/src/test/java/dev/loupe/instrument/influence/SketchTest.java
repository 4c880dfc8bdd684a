package dev.loupe.instrument.influence;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Inner products through random projections. */
class SketchTest {
  private static final int ENTRIES = 210;

  private static double product(Sketch.OfMap map, double[] gradient, double[] direction) {
    Tensor g = map.gradients(Tensor.of(gradient, 1, ENTRIES));
    Tensor d = map.direction(Tensor.of(direction, 1, ENTRIES));
    return g.times(d).to(DType.F64).sum().item();
  }

  @Test
  void innerProductsAreKeptOnAverageWithTheSpreadOfACountSketch() {
    Random random = new Random(1);
    double[] lambda = random.doubles(ENTRIES, 0, 1).toArray();
    double[] gradient = random.doubles(ENTRIES, -1, 1).toArray();
    double[] direction = random.doubles(ENTRIES, -1, 1).toArray();
    double exact = 0;
    double ofGradient = 0;
    double ofDirection = 0;
    for (int i = 0; i < ENTRIES; i++) {
      exact += gradient[i] * direction[i];
      ofGradient += gradient[i] * gradient[i] / (lambda[i] + 0.1);
      ofDirection += direction[i] * direction[i] * (lambda[i] + 0.1);
    }
    int width = 32;
    int draws = 400;
    double sum = 0;
    double squares = 0;
    try (var _ = NativeScope.open()) {
      for (int seed = 0; seed < draws; seed++) {
        double found = product(Sketch.OfMap.of(lambda, 0.1, width, seed), gradient, direction);
        sum += found - exact;
        squares += (found - exact) * (found - exact);
      }
      // With as many components as entries nothing is lost but float32's rounding.
      Sketch.OfMap whole = Sketch.OfMap.of(lambda, 0.1, ENTRIES, 0);
      assertEquals(exact, product(whole, gradient, direction), 1e-5 * ofGradient);
    }
    double spread = Math.sqrt((ofGradient * ofDirection + exact * exact) / width);
    assertTrue(Math.abs(sum / draws) < 4 * spread / Math.sqrt(draws), "mean " + sum / draws);
    double ratio = Math.sqrt(squares / draws) / spread;
    assertTrue(ratio > 0.7 && ratio < 1.1, "spread " + ratio);
  }

  @Test
  void widthsGoByWeightWithinTheSizes() {
    assertArrayEquals(
        new int[] {30, 10}, Sketch.widths(new double[] {3, 1}, new long[] {100, 100}, 40));
    // The first has fewer entries than its share; the second gets the rest.
    assertArrayEquals(
        new int[] {5, 35}, Sketch.widths(new double[] {3, 1}, new long[] {5, 100}, 40));
    int[] all = Sketch.widths(new double[] {1, 0, 2}, new long[] {7, 8, 9}, 1000);
    assertEquals(24, Arrays.stream(all).sum());
  }
}
