package dev.loupe.model.generate;

import dev.loupe.model.Hooks;
import dev.loupe.model.TokenBatch;
import dev.loupe.model.Transformer;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A model's next tokens after many prompts, a batch at a time. */
public final class NextTokens {
  private static final int PROMPTS = 64;

  private final Transformer model;

  /** The next tokens of this model. */
  public NextTokens(Transformer model) {
    this.model = model;
  }

  /**
   * A greedy continuation.
   *
   * @param tokens as many as asked for
   * @param probability of all of them, one after the other
   */
  public record Said(List<Integer> tokens, double probability) {
    public Said {
      tokens = List.copyOf(tokens);
    }
  }

  /** Takes the probabilities of the next token {@code [d_vocab]} after a prompt. */
  @FunctionalInterface
  public interface Distribution {
    /** The prompt by its place in the list. */
    void of(int prompt, float[] probabilities);
  }

  /** The next token's distribution after each prompt. */
  public void distributions(List<int[]> prompts, Distribution to) {
    for (int from = 0; from < prompts.size(); from += PROMPTS) {
      List<int[]> batch = prompts.subList(from, Math.min(prompts.size(), from + PROMPTS));
      try (var _ = NativeScope.open()) {
        TokenBatch tokens = TokenBatch.padded(batch, 0, true);
        Tensor hidden = model.hidden(tokens, Hooks.NONE, null);
        Tensor last = hidden.slice(1, tokens.length() - 1, tokens.length());
        float[] all = model.unembed(last).softmax(-1).toFloats();
        int vocabulary = all.length / batch.size();
        for (int i = 0; i < batch.size(); i++) {
          to.of(from + i, Arrays.copyOfRange(all, i * vocabulary, (i + 1) * vocabulary));
        }
      }
    }
  }

  /** The most probable next tokens after each prompt, {@code lengths} of them. */
  public List<Said> greedy(List<int[]> prompts, int[] lengths) {
    List<List<Integer>> said = new ArrayList<>();
    double[] probability = new double[prompts.size()];
    Arrays.fill(probability, 1);
    prompts.forEach(_ -> said.add(new ArrayList<>()));
    int longest = Arrays.stream(lengths).max().orElse(0);
    for (int step = 0; step < longest; step++) {
      List<Integer> open = new ArrayList<>();
      List<int[]> texts = new ArrayList<>();
      for (int i = 0; i < lengths.length; i++) {
        if (lengths[i] > step) {
          open.add(i);
          texts.add(joined(prompts.get(i), said.get(i)));
        }
      }
      distributions(
          texts,
          (text, probabilities) -> {
            int best = 0;
            for (int token = 1; token < probabilities.length; token++) {
              best = probabilities[token] > probabilities[best] ? token : best;
            }
            said.get(open.get(text)).add(best);
            probability[open.get(text)] *= probabilities[best];
          });
    }
    List<Said> result = new ArrayList<>();
    for (int i = 0; i < lengths.length; i++) {
      result.add(new Said(List.copyOf(said.get(i)), Math.min(1, probability[i])));
    }
    return result;
  }

  private static int[] joined(int[] prompt, List<Integer> said) {
    int[] all = Arrays.copyOf(prompt, prompt.length + said.size());
    for (int i = 0; i < said.size(); i++) {
      all[prompt.length + i] = said.get(i);
    }
    return all;
  }
}
