package dev.loupe.model.training;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.loupe.model.Hooks;
import dev.loupe.model.TokenBatch;
import dev.loupe.model.Transformer;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BackPropagationTest {
  private static final TinyCorpus EVERY_OTHER = new TinyCorpus(4, 10, 19, t -> t % 2 == 1);

  /** Central differences in float64 are good to about the cube root of its precision, squared. */
  @Test
  void gradientIsWhatFiniteDifferencesSay() {
    try (Parameters weights = random(DType.F64);
        Parameters gradients = new Parameters(Plans.SHAPE, DType.F64);
        var _ = NativeScope.open()) {
      BackPropagation network = new BackPropagation(weights, weights);
      Batch batch = Batch.read(EVERY_OTHER, 0, 3);
      network.gradient(batch, gradients);
      double[] found = gradients.flat().toDoubles();
      MemorySegment values = weights.flat().segment();
      Random random = new Random(1);
      for (Weight weight : Weight.values()) {
        long from = weight.offset(Plans.SHAPE);
        for (int sample = 0; sample < 12; sample++) {
          long at = from + random.nextLong(weight.count(Plans.SHAPE));
          double expected = difference(network, batch, values, at);
          assertEquals(
              expected,
              found[Math.toIntExact(at)],
              1e-7 * (1 + Math.abs(expected)),
              () -> weight + " at " + (at - from));
        }
      }
    }
  }

  private static double difference(
      BackPropagation network, Batch batch, MemorySegment values, long at) {
    double step = 1e-5;
    double value = values.getAtIndex(ValueLayout.JAVA_DOUBLE, at);
    values.setAtIndex(ValueLayout.JAVA_DOUBLE, at, value + step);
    double above = network.loss(batch);
    values.setAtIndex(ValueLayout.JAVA_DOUBLE, at, value - step);
    double below = network.loss(batch);
    values.setAtIndex(ValueLayout.JAVA_DOUBLE, at, value);
    return (above - below) / (2 * step);
  }

  /** The gradient's own loss too, which it computes another way. */
  @Test
  void lossIsThatOfTheTransformer() {
    try (Parameters weights = random(DType.F32);
        Parameters gradients = new Parameters(Plans.SHAPE, DType.F32);
        Transformer model = TrainedNetwork.of(weights);
        var _ = NativeScope.open()) {
      int[] tokens = new int[11];
      boolean[] counts = new boolean[10];
      EVERY_OTHER.read(1, tokens, counts);
      Tensor probabilities =
          model.logits(TokenBatch.of(Arrays.copyOf(tokens, 10)), Hooks.NONE).logSoftmax(-1);
      double expected = 0;
      for (int t = 1; t < 10; t += 2) {
        expected -= probabilities.select(0, 0).select(0, t).select(0, tokens[t + 1]).item();
      }
      BackPropagation network = new BackPropagation(weights, weights);
      Batch batch = Batch.read(EVERY_OTHER, 1, 1);
      // A sum of five logarithms in float32.
      assertEquals(expected, network.loss(batch), 1e-4);
      assertEquals(expected, network.gradient(batch, gradients), 1e-4);
    }
  }

  @Test
  void bfloat16GradientPointsTheSameWay() {
    try (Parameters weights = random(DType.F32);
        Parameters narrow = new Parameters(Plans.SHAPE, DType.BF16);
        Parameters exact = new Parameters(Plans.SHAPE, DType.F32);
        Parameters rounded = new Parameters(Plans.SHAPE, DType.F32);
        var _ = NativeScope.open()) {
      narrow.flat().copyInPlace(weights.flat());
      Batch batch = Batch.read(EVERY_OTHER, 0, 4);
      new BackPropagation(weights, weights).gradient(batch, exact);
      new BackPropagation(weights, narrow).gradient(batch, rounded);
      double product = exact.flat().times(rounded.flat()).sum().item();
      // Eight bits of mantissa: an error of about a hundredth at right angles to the gradient.
      assertEquals(1, product / (exact.flat().norm() * rounded.flat().norm()), 1e-3);
    }
  }

  /** As when a worker's rows of conversations hold no answer. */
  @Test
  void rowsThatDoNotCountTeachNothing() {
    try (Parameters weights = random(DType.F32);
        Parameters gradients = new Parameters(Plans.SHAPE, DType.F32)) {
      gradients.flat().fillInPlace(9);
      Batch batch = Batch.read(new TinyCorpus(4, 10, 19, _ -> false), 0, 2);
      assertEquals(0, new BackPropagation(weights, weights).gradient(batch, gradients));
      assertEquals(0, gradients.flat().norm());
    }
  }

  private static Parameters random(DType dtype) {
    Parameters weights = new Parameters(Plans.SHAPE, dtype);
    try (var _ = NativeScope.open();
        Parameters seeded = new Parameters(Plans.SHAPE, DType.F32)) {
      new Initialisation(0.3, 0.2, 0.3).fill(seeded, 5);
      Random random = new Random(7);
      float[] noise = new float[Math.toIntExact(Plans.SHAPE.parameters())];
      for (int i = 0; i < noise.length; i++) {
        noise[i] = (float) (0.1 * random.nextGaussian());
      }
      weights.flat().copyInPlace(seeded.flat().plus(Tensor.of(noise, noise.length)));
    }
    return weights;
  }
}
