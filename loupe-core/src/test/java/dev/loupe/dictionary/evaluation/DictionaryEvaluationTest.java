package dev.loupe.dictionary.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.dictionary.Dictionary;
import dev.loupe.dictionary.DictionaryLayer;
import dev.loupe.dictionary.Place;
import dev.loupe.dictionary.RandomDictionary;
import dev.loupe.dictionary.Selection;
import dev.loupe.dictionary.StoredRows;
import dev.loupe.dictionary.training.TinyModel;
import dev.loupe.fault.LoupeException;
import dev.loupe.model.Hooks;
import dev.loupe.model.Site;
import dev.loupe.model.Tap;
import dev.loupe.model.Transformer;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.StoredTensor;
import dev.loupe.tensor.Tensor;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DictionaryEvaluationTest {
  private static final int WIDTH = 16;

  @TempDir Path folder;

  /** x as the features x⁺ and (−x)⁺, scaled when written. */
  private static Dictionary mirror(float scale, float threshold) {
    float[] signs = new float[2 * WIDTH * WIDTH];
    float[] scaled = new float[2 * WIDTH * WIDTH];
    float[] thresholds = new float[2 * WIDTH];
    for (int i = 0; i < WIDTH; i++) {
      signs[i * WIDTH + i] = 1;
      signs[(WIDTH + i) * WIDTH + i] = -1;
    }
    for (int i = 0; i < signs.length; i++) {
      scaled[i] = scale * signs[i];
    }
    Arrays.fill(thresholds, threshold);
    StoredTensor encoder = RandomDictionary.stored("W_enc", DType.F32, signs, 2L * WIDTH, WIDTH);
    StoredTensor decoder = RandomDictionary.stored("W_dec", DType.F32, scaled, 2L * WIDTH, WIDTH);
    Place place = Place.at(new Tap(Site.RESID_POST, 0));
    return RandomDictionary.of(
        new DictionaryLayer(
            "mirror",
            place.reads(),
            StoredRows.of(encoder),
            RandomDictionary.stored("b_enc", DType.F32, new float[2 * WIDTH], 2L * WIDTH),
            false,
            new Selection.JumpRelu(
                RandomDictionary.stored("threshold", DType.F32, thresholds, 2L * WIDTH)),
            List.of(new DictionaryLayer.Write(place.writes(), StoredRows.of(decoder))),
            RandomDictionary.stored("b_dec", DType.F32, new float[WIDTH], WIDTH),
            Optional.empty()));
  }

  private DictionaryEvaluation.Result evaluate(Dictionary dictionary) {
    return evaluate(dictionary, LeftOut.NONE);
  }

  private DictionaryEvaluation.Result evaluate(Dictionary dictionary, LeftOut leftOut) {
    try (Transformer model = TinyModel.open(TinyModel.write(folder), DType.F32)) {
      return new DictionaryEvaluation(model, dictionary, TinyModel.CORPUS, 40, leftOut, 1)
          .run(_ -> {});
    }
  }

  @Test
  void aPerfectReconstructionChangesNothing() {
    var result = evaluate(mirror(1, 0));
    var layer = result.layers().getFirst();
    assertEquals(0, layer.unexplained().value(), 1e-10);
    assertEquals(WIDTH, layer.active().value(), 0.01);
    assertEquals(0, layer.dead());
    // 14 of 40 rows lose three of their 12 positions to padding; the ninth token is read.
    assertEquals(40 * 12 - 14 * 3, result.positions());
    var replaced = result.replaced().getFirst();
    assertEquals(1, replaced.agreement().value());
    assertEquals(1, replaced.clearAgreement().value());
    assertEquals(0, replaced.divergence().value(), 1e-9);
    assertEquals(1, replaced.recovered().value(), 1e-6);
    assertEquals(replaced.loss().value(), replaced.replacedLoss().value(), 1e-6);
  }

  @Test
  void nothingThatFiresIsAsGoodAsZeros() {
    var result = evaluate(mirror(1, 1e6f));
    var layer = result.layers().getFirst();
    assertEquals(0, layer.active().value());
    assertEquals(2 * WIDTH, layer.dead());
    // The mean is not zero, so that zeros are worse than it.
    assertTrue(layer.unexplained().value() >= 1, () -> layer.toString());
    var replaced = result.replaced().getFirst();
    assertEquals(0, replaced.recovered().value(), 1e-9);
    assertTrue(replaced.divergence().value() > 0);
    // Fewer positions have a clear first choice, and the choice is lost at some of them.
    assertTrue(replaced.clearAgreement().value() < 1);
    assertNotEquals(replaced.agreement().value(), replaced.clearAgreement().value());
  }

  @Test
  void halfTheSizeLeavesAQuarterOfTheSquares() {
    var layer = evaluate(mirror(0.5f, 0)).layers().getFirst();
    var zeros = evaluate(mirror(1, 1e6f)).layers().getFirst();
    assertEquals(zeros.unexplained().value() / 4, layer.unexplained().value(), 1e-5);
    assertTrue(layer.unexplained().low() <= layer.unexplained().value());
    assertTrue(layer.unexplained().high() >= layer.unexplained().value());
  }

  @Test
  void positionsLeftOutKeepTheirValuesAndAreNotMeasured() {
    LeftOut leftOut = LeftOut.first(2, 12).and(Set.of(7));
    var replaced = evaluate(mirror(1, 1e6f), leftOut).replaced().getFirst();
    double[] sum = new double[2];
    try (Transformer model = TinyModel.open(TinyModel.write(folder), DType.F32);
        var _ = NativeScope.open()) {
      RowReader.Batch batch = new RowReader(TinyModel.CORPUS, leftOut).read(0, 40);
      Tensor logits =
          model
              .logits(
                  batch.tokens(),
                  Hooks.replace(
                      new Tap(Site.RESID_POST, 0),
                      value -> {
                        Tensor changed = value.copy();
                        for (int place : batch.kept()) {
                          changed.select(0, place / 12).select(0, place % 12).fillInPlace(0);
                        }
                        return changed;
                      }))
              .logSoftmax(-1);
      int[] kept = batch.kept();
      assertTrue(kept.length > 300 && kept.length < 40 * 10 - 14 * 3, "some hold the token");
      for (int i = 0; i < kept.length; i++) {
        assertTrue(kept[i] % 12 >= 2);
        int[] tokens = new int[13];
        TinyModel.CORPUS.read(kept[i] / 12, tokens, new boolean[12]);
        assertNotEquals(7, tokens[kept[i] % 12]);
        if (batch.next(i) >= 0) {
          sum[0] -=
              logits
                  .select(0, kept[i] / 12)
                  .select(0, kept[i] % 12)
                  .select(0, batch.next(i))
                  .item();
          sum[1]++;
        }
      }
    }
    assertEquals(sum[0] / sum[1], replaced.replacedLoss().value(), 1e-5);
    assertEquals(replaced.zeroLoss().value(), replaced.replacedLoss().value(), 1e-6);
  }

  /** Position 0 always holds the same token; made fifty times as long, it is left out. */
  @Test
  void positionsManyTimesLongerThanTheMedianAreLeftOut() {
    try (Transformer model = TinyModel.open(TinyModel.write(folder), DType.F32)) {
      Transformer loud = TinyModel.loud(model);
      var all = new DictionaryEvaluation(loud, mirror(1, 0), TinyModel.CORPUS, 40, LeftOut.NONE, 1);
      var some =
          new DictionaryEvaluation(
              loud, mirror(1, 0), TinyModel.CORPUS, 40, LeftOut.NONE.longerThan(10), 1);
      long positions = all.run(_ -> {}).positions();
      var result = some.run(_ -> {});
      assertEquals(positions - 40, result.positions());
      assertEquals(0, result.layers().getFirst().unexplained().value(), 1e-10);
      assertEquals(1, result.replaced().getFirst().agreement().value());
    }
  }

  @Test
  void whatIsLeftOutIsToldInWords() {
    assertEquals("", LeftOut.NONE.words());
    assertEquals(
        "the first position of each row, every token 7, positions over 10 times the median length",
        LeftOut.first(1, 12).and(Set.of(7)).longerThan(10).words());
  }

  @Test
  void somePositionsOfARowMustBeLeft() {
    assertThrows(LoupeException.class, () -> LeftOut.first(12, 12));
    assertThrows(LoupeException.class, () -> LeftOut.first(-1, 12));
    assertThrows(LoupeException.class, () -> LeftOut.NONE.longerThan(1));
  }
}
