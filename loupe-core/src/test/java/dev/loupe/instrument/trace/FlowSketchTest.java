package dev.loupe.instrument.trace;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.model.ModelWeights;
import dev.loupe.model.Neurons;
import dev.loupe.model.run.FrozenNeurons;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class FlowSketchTest {
  private static final int POSITIONS = 5;
  private static final int WIDTH = 12;
  private static final int UNITS = 40;

  private final Random random = new Random(3);
  private final Tensor down = random(WIDTH, UNITS);
  private final Tensor activation = random(POSITIONS, UNITS);

  @Test
  void fewTargetsGiveTheFlowExactly() {
    try (var _ = NativeScope.open()) {
      Tensor outputs = random(POSITIONS, 3, WIDTH);
      double[] rates = {0.5, 0.2, 0.1};
      assertArrayEquals(exact(outputs, rates), sketched(outputs, rates), 1e-5f);
    }
  }

  @Test
  void manyTargetsStillShowWhereMostFlowLands() {
    try (var _ = NativeScope.open()) {
      Tensor outputs = random(POSITIONS, 60, WIDTH);
      double[] rates = random.doubles(60, 0, 1).map(rate -> rate * rate * rate).toArray();
      Set<Integer> found = new HashSet<>(largest(sketched(outputs, rates), 40));
      List<Integer> wanted = largest(exact(outputs, rates), 10);
      long hits = wanted.stream().filter(found::contains).count();
      // Chance would find 2 of 10 among 40 of 200.
      assertTrue(hits >= 7, hits + " of 10");
    }
  }

  private float[] sketched(Tensor outputs, double[] rates) {
    List<TargetRow> rows =
        IntStream.range(0, rates.length)
            .mapToObj(t -> new TargetRow(new Node.Token(0, t), 1, POSITIONS - 1, rates[t], 1))
            .toList();
    try (TargetBlock block = new TargetBlock(rows, outputs.retain())) {
      return new FlowSketch(List.of(block), List.of(outputs), rates, rates)
          .flow(
              FrozenNeurons.of(
                  new ModelWeights.Dense(
                      null,
                      new ModelWeights.Linear(down, null),
                      new ModelWeights.Linear(down, null)),
                  new Neurons(activation, activation, activation)))
          .toFloats();
    }
  }

  private float[] exact(Tensor outputs, double[] rates) {
    Tensor edges = outputs.matmul(down).timesInPlace(activation.unsqueeze(1)).absInPlace();
    Tensor flow = Tensor.zeros(edges.dtype(), POSITIONS, UNITS);
    for (int t = 0; t < rates.length; t++) {
      flow.plusInPlace(edges.select(1, t), rates[t]);
    }
    return flow.toFloats();
  }

  private static List<Integer> largest(float[] values, int count) {
    return IntStream.range(0, values.length)
        .boxed()
        .sorted(Comparator.comparingDouble(i -> -values[i]))
        .limit(count)
        .toList();
  }

  private Tensor random(long... shape) {
    float[] values = new float[(int) Arrays.stream(shape).reduce(1, (a, b) -> a * b)];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return Tensor.of(values, shape);
  }
}
