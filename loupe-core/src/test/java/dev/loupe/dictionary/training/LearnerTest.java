package dev.loupe.dictionary.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.dictionary.Dictionary;
import dev.loupe.dictionary.training.DictionaryWeights.Part;
import dev.loupe.model.Site;
import dev.loupe.model.Tap;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LearnerTest {
  private static final int WIDTH = 6;
  private static final int FEATURES = 11;
  private static final int POSITIONS = 9;
  private static final double BETA = 0.9;
  private static final AdamStep NO_STEP = new AdamStep(0, BETA, 0.999, 1e-8, 1);

  /** Far too narrow for any pre-activation to lie in it. */
  private static final double NO_BANDWIDTH = 1e-9;

  private final Random random = new Random(7);

  private static Layout layout(Dictionary.Kind kind, boolean skip) {
    List<Tap> reads = new ArrayList<>();
    List<Tap> targets = new ArrayList<>();
    for (int layer = 0; layer < 3; layer++) {
      reads.add(new Tap(kind == Dictionary.Kind.SAE ? Site.RESID_PRE : Site.MLP_IN, layer));
      targets.add(new Tap(kind == Dictionary.Kind.SAE ? Site.RESID_PRE : Site.MLP_OUT, layer));
    }
    return new Layout(kind, reads, targets, skip, WIDTH);
  }

  private Tensor normal(long... shape) {
    long count = 1;
    for (long size : shape) {
      count *= size;
    }
    double[] values = new double[Math.toIntExact(count)];
    for (int i = 0; i < values.length; i++) {
      values[i] = random.nextGaussian();
    }
    return Tensor.of(values, shape);
  }

  private Learner learner(Layout layout, Sparsity sparsity, long deadAfter) {
    LearningState state = new LearningState(layout, FEATURES, DType.F64);
    state.draw(3, 0.4);
    try (var _ = NativeScope.open()) {
      for (int source = 0; source < layout.sources(); source++) {
        state.values().of(Part.ENCODER_BIAS, source).copyInPlace(normal(FEATURES).times(0.1));
        state.values().of(Part.OUTPUT_BIAS, source).copyInPlace(normal(WIDTH).times(0.1));
        if (layout.skip()) {
          state.values().of(Part.SKIP, source).copyInPlace(normal(WIDTH, WIDTH).times(0.1));
        }
      }
    }
    return new Learner(state, sparsity, deadAfter, DType.F64);
  }

  private static double step(Learner learner, List<Tensor> inputs, List<Tensor> outputs) {
    try (var _ = NativeScope.open()) {
      return learner.step(inputs, outputs, NO_STEP, 1).loss();
    }
  }

  /** After one step from nothing, the gradient's average is (1 − β) times the gradient. */
  private static double[] gradient(Learner learner) {
    try (var _ = NativeScope.open()) {
      return learner.state().mean().flat().times(1 / (1 - BETA)).toDoubles();
    }
  }

  /**
   * Central differences in float64 are good to about the cube root of its precision, squared.
   * JumpReLU's penalty is added in the test, from the formula.
   */
  @ParameterizedTest
  @CsvSource({
    "SAE, false, topk",
    "TRANSCODER, true, topk",
    "CROSS_LAYER_TRANSCODER, false, topk",
    "CROSS_LAYER_TRANSCODER, false, batch-topk",
    "CROSS_LAYER_TRANSCODER, false, jumprelu",
    "TRANSCODER, true, jumprelu"
  })
  void gradientIsWhatFiniteDifferencesSay(Dictionary.Kind kind, boolean skip, String name) {
    try (var _ = NativeScope.open()) {
      Layout layout = layout(kind, skip);
      Sparsity sparsity =
          switch (name) {
            case "topk" -> new Sparsity.TopK(3, 0);
            case "batch-topk" -> new Sparsity.BatchTopK(3, 0);
            default -> new Sparsity.JumpRelu(0.3, 4, NO_BANDWIDTH, 0.4, 0);
          };
      List<Tensor> inputs = new ArrayList<>();
      List<Tensor> outputs = new ArrayList<>();
      for (int source = 0; source < layout.sources(); source++) {
        inputs.add(normal(POSITIONS, WIDTH));
        outputs.add(normal(POSITIONS, WIDTH));
      }
      Learner learner = learner(layout, sparsity, Long.MAX_VALUE);
      step(learner, inputs, outputs);
      double[] found = gradient(learner);
      MemorySegment values = learner.state().values().flat().segment();
      for (int source = 0; source < layout.sources(); source++) {
        for (Part part : Part.values()) {
          var range = learner.state().values().range(part, source);
          for (int sample = 0; sample < 8 && range.to() > range.from(); sample++) {
            long at = random.nextLong(range.from(), range.to());
            double expected = difference(learner, inputs, outputs, values, at, part);
            String where = part + " of " + source + " at " + (at - range.from());
            assertEquals(
                expected, found[Math.toIntExact(at)], 1e-7 * (1 + Math.abs(expected)), where);
          }
        }
      }
      learner.state().close();
    }
  }

  private static double difference(
      Learner learner,
      List<Tensor> inputs,
      List<Tensor> outputs,
      MemorySegment values,
      long at,
      Part part) {
    double step = 1e-5;
    double before = values.getAtIndex(ValueLayout.JAVA_DOUBLE, at);
    double[] losses = new double[2];
    for (int side = 0; side < 2; side++) {
      values.setAtIndex(ValueLayout.JAVA_DOUBLE, at, before + (side == 0 ? step : -step));
      losses[side] = loss(learner, inputs, outputs);
    }
    values.setAtIndex(ValueLayout.JAVA_DOUBLE, at, before);
    // Nothing depends on a threshold as long as no pre-activation crosses it.
    return part == Part.THRESHOLD ? 0 : (losses[0] - losses[1]) / (2 * step);
  }

  /** The loss from its formula, densely; decoders are taken as they are, of whatever length. */
  private static double loss(Learner learner, List<Tensor> inputs, List<Tensor> outputs) {
    try (var _ = NativeScope.open()) {
      Layout layout = learner.layout();
      DictionaryWeights weights = learner.state().values();
      double loss = 0;
      List<Tensor> sums = new ArrayList<>();
      List<Tensor> activations = new ArrayList<>();
      for (int source = 0; source < layout.sources(); source++) {
        Tensor input = inputs.get(source);
        Tensor pre =
            input
                .matmul(weights.of(Part.ENCODER, source).transpose(0, 1))
                .plus(weights.of(Part.ENCODER_BIAS, source));
        double[] bounds = new double[POSITIONS];
        Tensor kept =
            switch (learner.sparsity()) {
              case Sparsity.TopK(int k, double _) -> {
                double[] values = pre.topK(k, -1).values().toDoubles();
                for (int i = 0; i < POSITIONS; i++) {
                  bounds[i] = values[i * k + k - 1] - 1e-9;
                }
                yield pre.greaterThan(Tensor.of(bounds, POSITIONS, 1));
              }
              case Sparsity.BatchTopK(int k, double _) -> {
                double[] values = pre.reshape(-1).topK(k * POSITIONS, -1).values().toDoubles();
                yield pre.greaterThan(
                    Tensor.of(new double[] {values[values.length - 1] - 1e-9}, 1));
              }
              case Sparsity.JumpRelu _ -> pre.greaterThan(weights.of(Part.THRESHOLD, source).exp());
            };
        Tensor values = pre.times(kept.to(DType.F64)).relu();
        activations.add(values);
        Tensor constant =
            weights.of(Part.OUTPUT_BIAS, source).unsqueeze(0).expand(POSITIONS, -1).copy();
        sums.add(
            layout.skip()
                ? constant.plus(input.matmul(weights.of(Part.SKIP, source).transpose(0, 1)))
                : constant);
        if (learner.sparsity() instanceof Sparsity.JumpRelu jump) {
          Tensor norms = learner.state().decoderNorms(source);
          double penalty =
              values.times(norms).times(jump.steepness()).tanh().sum().item() / POSITIONS;
          loss += jump.penalty() * penalty;
        }
      }
      for (int source = 0; source < layout.sources(); source++) {
        for (int slot = 0; slot < layout.slots(source); slot++) {
          sums.get(source + slot)
              .plusInPlace(activations.get(source).matmul(weights.decoder(source, slot)));
        }
      }
      for (int target = 0; target < layout.sources(); target++) {
        double error = sums.get(target).minus(outputs.get(target)).norm();
        loss += error * error / (POSITIONS * WIDTH);
      }
      return loss;
    }
  }

  /** A feature within the window of its threshold: Rajamanoharan et al. 2024, equation 12. */
  @Test
  void thresholdsFeelWhatAJumpWouldChange() {
    try (var _ = NativeScope.open()) {
      Layout layout =
          new Layout(
              Dictionary.Kind.SAE,
              List.of(new Tap(Site.RESID_PRE, 0)),
              List.of(new Tap(Site.RESID_PRE, 0)),
              false,
              1);
      double bandwidth = 0.5;
      double penalty = 0.2;
      double threshold = 0.6;
      LearningState state = new LearningState(layout, 1, DType.F64);
      state.draw(1, threshold);
      state.values().of(Part.ENCODER, 0).fillInPlace(1);
      state.values().of(Part.DECODER, 0).fillInPlace(1);
      Learner learner =
          new Learner(
              state, new Sparsity.JumpRelu(penalty, 4, bandwidth, threshold, 0), 99, DType.F64);
      double below = 0.5;
      double wanted = 0.8;
      step(
          learner,
          List.of(Tensor.of(new double[] {below}, 1, 1)),
          List.of(Tensor.of(new double[] {wanted}, 1, 1)));
      double byOutput = 2 * (0 - wanted);
      double jump = (threshold * byOutput + penalty * Math.tanh(4 * threshold)) / bandwidth;
      double[] found = gradient(learner);
      int bias = Math.toIntExact(state.values().range(Part.ENCODER_BIAS, 0).from());
      int logThreshold = Math.toIntExact(state.values().range(Part.THRESHOLD, 0).from());
      assertEquals(jump, found[bias], 1e-12);
      assertEquals(-jump * threshold, found[logThreshold], 1e-12);
      assertTrue(jump < 0, "the feature is wanted: its threshold should fall");
      state.close();
    }
  }

  /** Dead features learn from what the others leave, and only from that. */
  @Test
  void deadFeaturesAreRevived() {
    try (var _ = NativeScope.open()) {
      Layout layout = layout(Dictionary.Kind.SAE, false);
      Learner learner = learner(layout, new Sparsity.TopK(2, 1.0 / 32), 20);
      Tensor hidden = learner.state().values().of(Part.ENCODER_BIAS, 0);
      hidden.slice(0, 0, 3).fillInPlace(-50);
      List<Tensor> inputs =
          List.of(normal(POSITIONS, WIDTH), normal(POSITIONS, WIDTH), normal(POSITIONS, WIDTH));
      for (int i = 0; i < 3; i++) {
        step(learner, inputs, inputs);
      }
      assertTrue(learner.dead(0).length >= 3);
      int bias = Math.toIntExact(learner.state().values().range(Part.ENCODER_BIAS, 0).from());
      assertEquals(0, gradient(learner)[bias], "far below 0 even dead features are not chosen");
      hidden.slice(0, 0, 3).fillInPlace(1);
      Learner.Code code = learner.encode(0, inputs.get(0));
      assertTrue(code.revived().isEmpty() || code.revived().get().fired() > 0);
      learner.state().close();
    }
  }

  @Test
  void roundedProductsChooseAndExactOnesCount() {
    try (var _ = NativeScope.open()) {
      Layout layout = layout(Dictionary.Kind.SAE, false);
      LearningState state = new LearningState(layout, FEATURES, DType.F32);
      state.draw(3, 1);
      Tensor input = normal(POSITIONS, WIDTH).to(DType.F32);
      Learner.Code rounded =
          new Learner(state, new Sparsity.BatchTopK(3, 0), 99, DType.BF16).encode(0, input);
      Tensor all = input.linear(state.values().of(Part.ENCODER, 0), null);
      float[] exact = all.reshape(-1).indexSelect(0, rounded.active().places()).toFloats();
      float[] found = rounded.preActivations().toFloats();
      for (int i = 0; i < exact.length; i++) {
        assertEquals(exact[i], found[i], 1e-5f);
      }
      state.close();
    }
  }
}
