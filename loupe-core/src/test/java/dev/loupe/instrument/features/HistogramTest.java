package dev.loupe.instrument.features;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Collections;
import java.util.Random;
import org.junit.jupiter.api.Test;

class HistogramTest {
  @Test
  void everyValueLiesBetweenTheEdgesOfItsBin() {
    Random random = new Random(1);
    for (int i = 0; i < 10_000; i++) {
      float value = (float) Math.pow(2, -12 + 24 * random.nextDouble());
      int bin = Histogram.bin(value);
      // An edge is a power that float32 rounds.
      assertTrue(value >= Histogram.lowerEdge(bin) * (1 - 1e-7), () -> value + " in " + bin);
      assertTrue(value < Histogram.lowerEdge(bin + 1) * (1 + 1e-7), () -> value + " in " + bin);
    }
  }

  @Test
  void whatLiesOutsideCountsAtTheEnds() {
    assertEquals(0, Histogram.bin(Float.MIN_VALUE));
    assertEquals(0, Histogram.bin(1e-9f));
    assertEquals(Histogram.BINS - 1, Histogram.bin(1e9f));
    assertEquals(Histogram.BINS - 1, Histogram.bin(Float.MAX_VALUE));
  }

  @Test
  void quantilesAreAsExactAsTheBinsAreWide() {
    Random random = new Random(2);
    long[] counts = new long[Histogram.BINS];
    float[] values = new float[100_000];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) Math.exp(random.nextGaussian());
      counts[Histogram.bin(values[i])]++;
    }
    Arrays.sort(values);
    for (double share : new double[] {0.1, 0.5, 0.9, 0.99}) {
      double ratio =
          new Histogram(Arrays.stream(counts).boxed().toList()).quantile(share)
              / values[(int) (share * values.length)];
      assertTrue(Math.abs(Math.log(ratio)) < Math.log(2) / 4, () -> share + ": " + ratio);
    }
    assertTrue(Double.isNaN(new Histogram(Collections.nCopies(Histogram.BINS, 0L)).quantile(0.5)));
  }
}
