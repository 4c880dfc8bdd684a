package dev.loupe.dictionary.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.dictionary.Dictionary;
import dev.loupe.dictionary.evaluation.LeftOut;
import dev.loupe.dictionary.evaluation.RowReader;
import dev.loupe.dictionary.training.DictionaryPlan.EndToEnd;
import dev.loupe.dictionary.training.DictionaryWeights.Part;
import dev.loupe.fault.LoupeException;
import dev.loupe.model.Site;
import dev.loupe.model.Transformer;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.NativeScope;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReplacementStepTest {
  private static final double ERROR_WEIGHT = 0.3;
  private static final double BETA = 0.9;
  private static final AdamStep NO_STEP = new AdamStep(0, BETA, 0.999, 1e-8, 1);

  @TempDir Path folder;

  /** Through attention, norms and every feature of earlier layers; some positions are padding. */
  @Test
  void gradientIsWhatFiniteDifferencesSay() {
    try (Transformer model = TinyModel.open(TinyModel.write(folder), DType.F64);
        var _ = NativeScope.open()) {
      check(model, Dictionary.Kind.CROSS_LAYER_TRANSCODER, false);
      check(model, Dictionary.Kind.TRANSCODER, true);
    }
  }

  private static void check(Transformer model, Dictionary.Kind kind, boolean skip) {
    Layout layout = TinyModel.layout(model, kind, skip);
    LearningState state = new LearningState(layout, 20, DType.F64);
    state.draw(5, 1);
    Random random = new Random(2);
    float[] mean = new float[TinyModel.WIDTH];
    for (int i = 0; i < mean.length; i++) {
      mean[i] = random.nextFloat() - 0.5f;
    }
    if (skip) {
      state.values().of(Part.SKIP, 1).fillInPlace(0.05);
    }
    Learner learner = new Learner(state, new Sparsity.TopK(4, 0), 99, DType.F64);
    ReplacementStep step =
        new ReplacementStep(
            model,
            learner,
            Collections.nCopies(2, new Scaling(mean, 1.7)),
            Collections.nCopies(2, new Scaling(mean, 0.6)),
            new EndToEnd(1, ERROR_WEIGHT, 1, true));
    RowReader.Batch rows = new RowReader(TinyModel.CORPUS, LeftOut.NONE).read(0, 3);
    assertTrue(rows.count() < 36, "row 0 has padding");
    loss(step, rows);
    double[] found = state.mean().flat().times(1 / (1 - BETA)).toDoubles();
    MemorySegment values = state.values().flat().segment();
    for (int source = 0; source < 2; source++) {
      for (Part part : List.of(Part.ENCODER, Part.ENCODER_BIAS, Part.OUTPUT_BIAS, Part.SKIP)) {
        var range = state.values().range(part, source);
        for (int sample = 0; sample < 6 && range.to() > range.from(); sample++) {
          long at = random.nextLong(range.from(), range.to());
          double before = values.getAtIndex(ValueLayout.JAVA_DOUBLE, at);
          double apart = 1e-5;
          values.setAtIndex(ValueLayout.JAVA_DOUBLE, at, before + apart);
          double above = loss(step, rows);
          values.setAtIndex(ValueLayout.JAVA_DOUBLE, at, before - apart);
          double below = loss(step, rows);
          values.setAtIndex(ValueLayout.JAVA_DOUBLE, at, before);
          double expected = (above - below) / (2 * apart);
          // Rounding of a logarithm of 19 probabilities over a difference of 2e-5.
          assertEquals(
              expected,
              found[Math.toIntExact(at)],
              1e-7 * (1 + Math.abs(expected)),
              kind + " " + part + " of " + source);
        }
      }
    }
    state.close();
  }

  private static double loss(ReplacementStep step, RowReader.Batch rows) {
    try (var _ = NativeScope.open()) {
      ReplacementStep.Result result = step.step(rows, NO_STEP, 1);
      return result.divergence() + ERROR_WEIGHT * result.local().loss();
    }
  }

  @Test
  void encodersStayWhenDecodersAloneLearn() {
    try (Transformer model = TinyModel.open(TinyModel.write(folder), DType.F32);
        var _ = NativeScope.open()) {
      Layout layout = TinyModel.layout(model, Dictionary.Kind.CROSS_LAYER_TRANSCODER, false);
      LearningState state = new LearningState(layout, 20, DType.F32);
      state.draw(5, 1);
      Learner learner = new Learner(state, new Sparsity.BatchTopK(4, 0), 99, DType.F32);
      Scaling scaling = new Scaling(new float[TinyModel.WIDTH], 1);
      List<Scaling> scalings = Collections.nCopies(2, scaling);
      double[] before = state.values().flat().toDoubles();
      new ReplacementStep(model, learner, scalings, scalings, new EndToEnd(1, 1, 1, false))
          .step(
              new RowReader(TinyModel.CORPUS, LeftOut.NONE).read(0, 3),
              new AdamStep(0.01, BETA, 0.999, 1e-8, 1),
              1);
      double[] after = state.values().flat().toDoubles();
      for (int source = 0; source < 2; source++) {
        for (Part part : List.of(Part.ENCODER, Part.ENCODER_BIAS)) {
          var range = state.values().range(part, source);
          for (int at = (int) range.from(); at < range.to(); at++) {
            assertEquals(before[at], after[at]);
          }
        }
        var range = state.values().range(Part.OUTPUT_BIAS, source);
        assertNotEquals(before[(int) range.from()], after[(int) range.from()]);
        int decoder = (int) state.values().decoderRange(source, 0).from();
        assertFalse(Arrays.equals(before, decoder, decoder + 99, after, decoder, decoder + 99));
      }
      state.close();
    }
  }

  @Test
  void someLayersAreNotEnough() {
    try (Transformer model = TinyModel.open(TinyModel.write(folder), DType.F32)) {
      Layout layout = Layout.of(model, Dictionary.Kind.TRANSCODER, Site.MLP_IN, List.of(1), false);
      LearningState state = new LearningState(layout, 4, DType.F32);
      Learner learner = new Learner(state, new Sparsity.TopK(2, 0), 9, DType.F32);
      assertThrows(
          LoupeException.class,
          () -> new ReplacementStep(model, learner, List.of(), List.of(), EndToEnd.NONE));
      state.close();
    }
  }
}
