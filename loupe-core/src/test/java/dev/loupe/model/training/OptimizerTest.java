package dev.loupe.model.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.Random;
import org.junit.jupiter.api.Test;

class OptimizerTest {
  /** Two steps of torch.optim.AdamW, computed by hand in float64 from its published formula. */
  @Test
  void adamWFollowsItsFormula() {
    AdamW adam = new AdamW(0.1, 0.9, 0.99, 1e-8, 0.5, true);
    double[] gradients = {0.3, -0.2};
    double weight = 0;
    double mean = 0;
    double square = 0;
    try (Training state = new Training(Plans.SHAPE, DType.F64, DType.F64, 1)) {
      state.weights().flat().fillInPlace(1);
      weight = 1;
      for (int step = 1; step <= 2; step++) {
        double gradient = gradients[step - 1];
        state.gradient().flat().fillInPlace(2 * gradient);
        adam.update(new Share(0, 5), state, step, 0.5, 0.7, true);

        mean = 0.9 * mean + 0.1 * gradient;
        square = 0.99 * square + 0.01 * gradient * gradient;
        weight -= 0.07 * 0.5 * weight;
        weight -=
            0.07
                * (mean / (1 - Math.pow(0.9, step)))
                / (Math.sqrt(square / (1 - Math.pow(0.99, step))) + 1e-8);
      }
      double[] found = state.weights().flat().toDoubles();
      assertEquals(weight, found[0], 1e-12);
      assertEquals(weight, found[4], 1e-12);
      assertEquals(1, found[5], "outside the share nothing changes");
    }
  }

  @Test
  void muonBringsSingularValuesNearOne() {
    Random random = new Random(2);
    double[] values = new double[2 * 8 * 20];
    for (int i = 0; i < values.length; i++) {
      values[i] = random.nextGaussian() * (i < values.length / 2 ? 1e-3 : 50);
    }
    try (var _ = NativeScope.open()) {
      Tensor matrices = Tensor.of(values, 2, 8, 20);
      Tensor result = Muon.orthogonalised(matrices, DType.F64);
      // Singular values between 0.7 and 1.2 put those of the Gram matrix between 0.49 and 1.44;
      // its trace is their sum, the sum of its squared elements that of their squares.
      Tensor gram = result.matmul(result.transpose(1, 2));
      for (int matrix = 0; matrix < 2; matrix++) {
        Tensor one = gram.select(0, matrix);
        double squares = one.square().sum().item();
        double[] elements = one.toDoubles();
        double trace = 0;
        for (int i = 0; i < 8; i++) {
          trace += elements[9 * i];
        }
        assertTrue(trace > 8 * 0.45 && trace < 8 * 1.5, "trace " + trace);
        double variance = squares / 8 - (trace / 8) * (trace / 8);
        assertTrue(variance < 0.15, "the singular values' squares vary by " + variance);
      }
    }
  }

  /** The update of query, key and value is that of three matrices, not of one. */
  @Test
  void muonUpdatesEachMatrixByItself() {
    ModelShape shape = Plans.SHAPE;
    Random random = new Random(4);
    try (Training state = new Training(shape, DType.F64, DType.F64, 1);
        var _ = NativeScope.open()) {
      double[] noise = new double[Math.toIntExact(shape.parameters())];
      for (int i = 0; i < noise.length; i++) {
        noise[i] = random.nextGaussian();
      }
      state.gradient().flat().copyInPlace(Tensor.of(noise, noise.length));
      new Muon(1, 0.5, 0).update(new Share(0, 2), state, 1, 1);
      long width = shape.width();
      // With momentum m from zero the direction is (1 − m)(1 + m) times the gradient: no matter.
      Tensor key = state.gradient().of(Weight.QUERY_KEY_VALUE, 1).slice(1, width, 2 * width);
      Tensor expected =
          Muon.orthogonalised(key.unsqueeze(0), DType.F64).squeeze(0).times(-1).contiguous();
      Tensor found =
          state.weights().of(Weight.QUERY_KEY_VALUE, 1).slice(1, width, 2 * width).contiguous();
      assertArrayEquals(expected.toDoubles(), found.toDoubles(), 1e-6);

      Tensor up = state.gradient().of(Weight.MLP_UP, 0);
      assertArrayEquals(
          Muon.orthogonalised(up.unsqueeze(0), DType.F64).times(-2).toDoubles(),
          state.weights().of(Weight.MLP_UP, 0).toDoubles(),
          1e-6);
      Tensor down = state.gradient().of(Weight.MLP_DOWN, 0).transpose(0, 1);
      assertArrayEquals(
          Muon.orthogonalised(down.unsqueeze(0), DType.F64).times(-1).toDoubles(),
          state.weights().of(Weight.MLP_DOWN, 0).transpose(0, 1).contiguous().toDoubles(),
          1e-6);
    }
  }

  @Test
  void scheduleRisesStaysAndFalls() {
    Schedule cosine = Schedule.cosine(10, 110, 0.1);
    assertEquals(0.1, cosine.factor(1), 1e-12);
    assertEquals(1, cosine.factor(10), 1e-12);
    assertEquals(0.55, cosine.factor(60), 1e-12);
    assertEquals(0.1, cosine.factor(110), 1e-12);
    Schedule trapezoid = new Schedule(10, 100, 0.6, Schedule.Decay.LINEAR, 0);
    assertEquals(1, trapezoid.factor(60), 1e-12);
    assertEquals(0.5, trapezoid.factor(80), 1e-12);
    assertEquals(0, trapezoid.factor(100), 1e-12);
  }
}
