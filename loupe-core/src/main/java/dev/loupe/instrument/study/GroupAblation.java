package dev.loupe.instrument.study;

import dev.loupe.dictionary.FeatureBasis;
import dev.loupe.dictionary.FeatureChange;
import dev.loupe.dictionary.FeatureHooks;
import dev.loupe.dictionary.FeatureId;
import dev.loupe.model.Hooks;
import dev.loupe.model.TokenBatch;
import dev.loupe.model.Transformer;
import dev.loupe.model.generate.YearTokens;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/**
 * Ablates features at the last position, in the model's own run with nothing frozen: their
 * activations become 0, and reconstruction errors stay.
 */
final class GroupAblation {
  private static final int PROMPTS = 64;

  private final Transformer model;
  private final FeatureBasis basis;
  private final YearTokens years;

  GroupAblation(Transformer model, FeatureBasis basis, YearTokens years) {
    this.model = model;
    this.basis = basis;
    this.years = years;
  }

  /** The score of each prompt without these features; with all of them when there are none. */
  List<YearTokens.Score> without(List<FeatureId> units, List<YearPrompt> prompts) {
    List<YearTokens.Score> scores = new ArrayList<>();
    for (List<YearPrompt> batch : batches(prompts, PROMPTS)) {
      try (var _ = NativeScope.open()) {
        TokenBatch tokens = tokens(batch);
        List<FeatureChange> changes =
            units.stream()
                .map(unit ->
                    FeatureChange.at(
                        unit.layer(),
                        tokens.length() - 1,
                        unit.feature(),
                        new FeatureChange.Action.Set(0)))
                .toList();
        Hooks hooks =
            units.isEmpty()
                ? Hooks.NONE
                : FeatureHooks.eachFree(model, basis, Collections.nCopies(batch.size(), changes));
        scores.addAll(scores(model, years, batch, model.hidden(tokens, hooks, null)));
      }
    }
    return scores;
  }

  static List<List<YearPrompt>> batches(List<YearPrompt> prompts, int size) {
    List<List<YearPrompt>> batches = new ArrayList<>();
    for (int from = 0; from < prompts.size(); from += size) {
      batches.add(prompts.subList(from, Math.min(prompts.size(), from + size)));
    }
    return batches;
  }

  /** Prompts in one batch, their last tokens in one column. */
  static TokenBatch tokens(List<YearPrompt> prompts) {
    return TokenBatch.padded(prompts.stream().map(YearPrompt::ids).toList(), 0, true);
  }

  /**
   * How well each prompt of a batch is ended.
   *
   * @param hidden {@code [batch, pos, d_embedding]}
   */
  static List<YearTokens.Score> scores(
      Transformer model, YearTokens years, List<YearPrompt> batch, Tensor hidden) {
    Tensor last = hidden.slice(1, hidden.size(1) - 1L, hidden.size(1));
    float[] all = model.unembed(last).softmax(-1).toFloats();
    int vocabulary = all.length / batch.size();
    List<YearTokens.Score> scores = new ArrayList<>();
    for (int i = 0; i < batch.size(); i++) {
      float[] probabilities = Arrays.copyOfRange(all, i * vocabulary, (i + 1) * vocabulary);
      scores.add(years.score(probabilities, batch.get(i).year()));
    }
    return scores;
  }
}
