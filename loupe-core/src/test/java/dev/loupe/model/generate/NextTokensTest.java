package dev.loupe.model.generate;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.loupe.model.Hooks;
import dev.loupe.model.TokenBatch;
import dev.loupe.model.Transformer;
import dev.loupe.tensor.NativeScope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class NextTokensTest {
  @Test
  void promptsOfDifferentLengthsSayWhatEachSaysAlone() {
    try (Transformer model = TinyModel.random(3)) {
      int vocabulary = model.config().vocabulary();
      Random random = new Random(9);
      List<int[]> prompts = new ArrayList<>();
      int[] lengths = new int[70]; // more than fit into one batch
      for (int i = 0; i < lengths.length; i++) {
        prompts.add(random.ints(1 + random.nextInt(7), 0, vocabulary).toArray());
        lengths[i] = 1 + random.nextInt(3);
      }
      List<NextTokens.Said> said = new NextTokens(model).greedy(prompts, lengths);
      for (int i = 0; i < lengths.length; i++) {
        int[] text = prompts.get(i);
        double probability = 1;
        List<Integer> tokens = new ArrayList<>();
        for (int step = 0; step < lengths[i]; step++) {
          float[] last = lastDistribution(model, text);
          int best = 0;
          for (int token = 1; token < last.length; token++) {
            best = last[token] > last[best] ? token : best;
          }
          probability *= last[best];
          tokens.add(best);
          text = Arrays.copyOf(text, text.length + 1);
          text[text.length - 1] = best;
        }
        assertEquals(tokens, said.get(i).tokens());
        // Padding changes the order of float32 sums only.
        assertEquals(probability, said.get(i).probability(), 1e-5);
      }
    }
  }

  private static float[] lastDistribution(Transformer model, int[] text) {
    try (var _ = NativeScope.open()) {
      return model
          .logits(TokenBatch.of(text), Hooks.NONE)
          .slice(1, text.length - 1, text.length)
          .softmax(-1)
          .toFloats();
    }
  }
}
