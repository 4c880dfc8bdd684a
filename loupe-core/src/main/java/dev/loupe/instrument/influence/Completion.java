package dev.loupe.instrument.influence;

import dev.loupe.fault.LoupeException;
import dev.loupe.instrument.Subject;
import dev.loupe.model.Hooks;
import dev.loupe.model.TokenBatch;
import dev.loupe.model.training.SequenceGradients;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import dev.loupe.tokenizer.TokenSequence;
import java.util.Arrays;
import java.util.Optional;

/**
 * A completion whose loss is asked about.
 *
 * @param sequence prompt and completion, of which the completion's tokens count
 * @param prompt tokens of the prompt
 * @param text of the completion
 * @param joined whether the tokenizer splits the whole as it splits the prompt by itself
 */
record Completion(Sequence sequence, int prompt, String text, boolean joined) {
  /**
   * Of a model's tokens.
   *
   * @param completion the model's most probable next token when empty
   * @throws LoupeException if one of them is empty, or both are longer than the context
   */
  static Completion of(
      Subject subject, SequenceGradients network, String given, Optional<String> completion) {
    TokenSequence prompt = subject.prompt(given, false);
    int[] before = prompt.ids();
    int[] after;
    boolean joined = true;
    if (completion.isPresent()) {
      String text = completion.get();
      int[] all = subject.weights().tokenizer().ids(given + text, true);
      joined =
          all.length > before.length
              && Arrays.equals(before, 0, before.length, all, 0, before.length);
      after =
          joined
              ? Arrays.copyOfRange(all, before.length, all.length)
              : subject.weights().tokenizer().textIds(text);
      if (text.isEmpty() || after.length == 0) {
        throw LoupeException.badInput(
            "the completion is empty, so there is no loss to explain",
            "Give at least one token of text, or leave `completion` out for the model's own.");
      }
    } else {
      after = new int[] {next(subject, before)};
    }
    int[] tokens = Arrays.copyOf(before, before.length + after.length);
    System.arraycopy(after, 0, tokens, before.length, after.length);
    if (tokens.length > network.context()) {
      throw LoupeException.badInput(
          "prompt and completion are %d tokens long and the model reads at most %d"
              .formatted(tokens.length, network.context()),
          "Shorten one of them.");
    }
    String text = completion.orElseGet(() -> subject.weights().tokenizer().tokenText(after[0]));
    return new Completion(Sequence.completion(tokens, before.length), before.length, text, joined);
  }

  private static int next(Subject subject, int[] tokens) {
    try (var _ = NativeScope.open()) {
      Tensor hidden = subject.transformer().hidden(TokenBatch.of(tokens), Hooks.NONE, null);
      Tensor last = hidden.select(0, 0).slice(0, tokens.length - 1L, tokens.length);
      return Math.toIntExact(subject.transformer().unembed(last).argmax(1).toLongs()[0]);
    }
  }
}
