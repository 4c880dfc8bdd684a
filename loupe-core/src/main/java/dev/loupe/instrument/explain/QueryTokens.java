package dev.loupe.instrument.explain;

import dev.loupe.fault.LoupeException;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.model.text.LocalText;
import dev.loupe.model.text.Prompt;
import dev.loupe.model.text.TextModel.Continuation;
import dev.loupe.tokenizer.Token;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Where the tokens of a query stand in a rendered prompt, which an affirmative opening follows.
 *
 * @param rendered the prompt
 * @param query as the prompt holds it
 * @param offset of the query's first character in the prompt
 * @param scored prompt and opening
 * @param places of the query's tokens in {@link LocalText.Scored#whole}
 */
@SuppressWarnings("ArrayRecordComponent") // numbers handed on, never compared
record QueryTokens(
    Prompt.Plain rendered, String query, int offset, LocalText.Scored scored, int[] places) {
  /**
   * Finds them.
   *
   * @throws LoupeException if the query is empty, or cannot be found in the prompt
   */
  static QueryTokens of(
      LanguageModel model, Prompt.Plain rendered, String query, String affirmation) {
    if (Segmenter.isBlank(query)) {
      throw LoupeException.badInput("the query is empty", "Give at least one word.");
    }
    LocalText.Scored scored = new LocalText(model).tokens(new Continuation(rendered, affirmation));
    // A template may strip the turn, and what stands before it may hold the same words.
    String seen = rendered.text().contains(query) ? query : query.strip();
    int offset = rendered.text().lastIndexOf(seen);
    int[] places =
        IntStream.range(0, scored.from() - scored.shift())
            .filter(t -> {
              Token token = scored.whole().token(t);
              return !token.added()
                  && token.endChar() > offset
                  && token.startChar() < offset + seen.length();
            })
            .toArray();
    if (offset < 0 || places.length == 0) {
      throw LoupeException.badInput(
          "the chat template of %s changes the query, so that its tokens cannot be found"
              .formatted(model.name()),
          "Give the prompt as plain text (leave out `chat`).");
    }
    return new QueryTokens(rendered, seen, offset, scored, places);
  }

  /** The opening's gradients. */
  TokenGradients gradients(LanguageModel model) {
    return new TokenGradients(model.transformer(), scored.ids(), scored.from());
  }

  /** The gradient norm of each of the query's tokens. */
  double[] norms(TokenGradients.Gradient gradient) {
    double[] norms = gradient.norms();
    return Arrays.stream(places).mapToDouble(t -> norms[t + scored.shift()]).toArray();
  }

  /** The strongest ⌈α · tokens⌉, the strongest first, as numbers of the query's tokens. */
  static List<Integer> selected(double[] norms, double alpha) {
    return Curve.falling(norms).subList(0, (int) Math.ceil(alpha * norms.length));
  }

  /** The prompt with another text in the query's place. */
  Prompt.Plain with(String other) {
    String text = rendered.text();
    return new Prompt.Plain(
        text.substring(0, offset) + other + text.substring(offset + query.length()),
        rendered.rendered());
  }

  /** A token of the query. */
  Token token(int number) {
    return scored.whole().token(places[number]);
  }

  /** β at the selected tokens, 1 elsewhere, {@code [pos]} of prompt and opening. */
  double[] factors(List<Integer> selected, double beta) {
    double[] factors = new double[scored.ids().length];
    Arrays.fill(factors, 1);
    selected.forEach(i -> factors[places[i] + scored.shift()] = beta);
    return factors;
  }

  /** The prompt's tokens without the opening, as {@link #factors} counts them. */
  int[] prompt() {
    return Arrays.copyOf(scored.ids(), scored.from());
  }
}
