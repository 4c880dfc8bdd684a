package dev.loupe.model.generate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.loupe.fault.LoupeException;
import dev.loupe.model.Hooks;
import dev.loupe.model.TokenBatch;
import dev.loupe.model.Transformer;
import dev.loupe.model.generate.LogLikelihood.Score;
import dev.loupe.model.generate.LogLikelihood.Text;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LogLikelihoodTest {
  @Test
  void equalsTheLogSoftmaxOfTheWholeRun() {
    try (Transformer model = TinyModel.random(1)) {
      Text text = Text.of(new int[] {3, 1, 4, 1}, new int[] {5, 9, 2, 6});
      Score score = new LogLikelihood(model).of(List.of(text)).getFirst();
      try (var _ = NativeScope.open()) {
        int[] all = {3, 1, 4, 1, 5, 9, 2, 6};
        Tensor logProbabilities =
            model.logits(TokenBatch.of(all), Hooks.NONE).logSoftmax(-1).select(0, 0);
        double sum = 0;
        for (int t = 0; t < 4; t++) {
          double expected = logProbabilities.select(0, 3L + t).select(0, all[4 + t]).item();
          assertEquals(expected, score.tokens().get(t), 1e-5);
          sum += expected;
        }
        assertEquals(sum, score.sum(), 1e-4);
      }
    }
  }

  @Test
  void greedyIsSaidOfTheMostProbableContinuationOnly() {
    try (Transformer model = TinyModel.saying("abc")) {
      List<Score> scores =
          new LogLikelihood(model)
              .of(
                  List.of(
                      Text.of(new int[] {'a'}, new int[] {'b', 'c'}),
                      Text.of(new int[] {'a'}, new int[] {'b', 'd'}),
                      Text.of(new int[] {'a'}, new int[] {'c'})));
      assertEquals(List.of(true, false, false), scores.stream().map(Score::greedy).toList());
    }
  }

  @Test
  void batchesGiveWhatSingleTextsGive() {
    List<Text> texts = texts(new Random(5), 23);
    try (Transformer model = TinyModel.random(2)) {
      List<Score> together = new LogLikelihood(model, 100).of(texts);
      for (int i = 0; i < texts.size(); i++) {
        Score alone = new LogLikelihood(model).of(List.of(texts.get(i))).getFirst();
        assertEquals(texts.get(i).continuation().size(), alone.tokens().size());
        for (int t = 0; t < alone.tokens().size(); t++) {
          assertEquals(alone.tokens().get(t), together.get(i).tokens().get(t), 1e-5);
        }
      }
    }
  }

  @Test
  void aTextLongerThanTheBoundIsStillScored() {
    Text text = Text.of(new int[30], new int[30]);
    try (Transformer model = TinyModel.random(2)) {
      assertEquals(30, new LogLikelihood(model, 10).of(List.of(text)).getFirst().tokens().size());
    }
  }

  @Test
  void anEmptyContinuationIsCertain() {
    try (Transformer model = TinyModel.random(2)) {
      List<Score> scores =
          new LogLikelihood(model)
              .of(
                  List.of(
                      Text.of(new int[] {1, 2}, new int[0]),
                      Text.of(new int[] {1}, new int[] {2})));
      assertEquals(0, scores.getFirst().sum());
      assertEquals(1, scores.getLast().tokens().size());
      assertTrue(new LogLikelihood(model).of(List.of()).isEmpty());
    }
  }

  @Test
  void rejectsWhatTheModelCannotRead() {
    try (Transformer model = TinyModel.random(2)) {
      LogLikelihood likelihood = new LogLikelihood(model);
      for (Text text :
          List.of(
              Text.of(new int[0], new int[] {1}),
              Text.of(new int[60], new int[5]),
              Text.of(new int[] {1}, new int[] {999}))) {
        var error = assertThrows(LoupeException.class, () -> likelihood.of(List.of(text)));
        assertEquals(LoupeException.Kind.BAD_INPUT, error.kind());
      }
    }
  }

  private static List<Text> texts(Random random, int count) {
    List<Text> texts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      texts.add(Text.of(ids(random, 1 + random.nextInt(20)), ids(random, random.nextInt(20))));
    }
    return texts;
  }

  private static int[] ids(Random random, int count) {
    return IntStream.range(0, count).map(_ -> random.nextInt(TinyModel.VOCABULARY)).toArray();
  }
}
