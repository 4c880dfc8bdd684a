package dev.loupe.instrument.explain;

import dev.loupe.fault.LoupeException;
import dev.loupe.model.Hooks;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.model.text.Prompt;
import java.util.Arrays;
import java.util.List;

/**
 * The Token Highlighter as a defence (Hu et al. 2024): the answer to a query whose critical tokens
 * are softly removed. A query without an attack loses the same share of its tokens.
 */
public final class Guard {
  private final int[] prompt;
  private final double[] factors;
  private final List<String> softened;

  private Guard(int[] prompt, double[] factors, List<String> softened) {
    this.prompt = prompt;
    this.factors = factors;
    this.softened = List.copyOf(softened);
  }

  /**
   * With the paper's opening, share and factor.
   *
   * @param prompt as the model reads it
   * @param query the part of it that is not trusted; its last occurrence counts
   * @throws LoupeException if the query is empty or cannot be found, or if prompt and opening do
   *     not fit the model
   */
  public static Guard of(LanguageModel model, Prompt.Plain prompt, String query) {
    QueryTokens tokens = QueryTokens.of(model, prompt, query, HighlightRequest.AFFIRMATION);
    double[] norms = tokens.norms(tokens.gradients(model).at(1));
    List<Integer> selected =
        QueryTokens.selected(norms, HighlightRequest.ALPHA).stream().sorted().toList();
    int[] ids = tokens.prompt();
    return new Guard(
        ids,
        Arrays.copyOf(tokens.factors(selected, HighlightRequest.BETA), ids.length),
        selected.stream()
            .map(i -> tokens.scored().whole().token(tokens.places()[i]).text())
            .toList());
  }

  /** The tokens to generate from. */
  public int[] prompt() {
    return prompt.clone();
  }

  /** What is softly removed, in order. */
  public List<String> softened() {
    return softened;
  }

  /** For one generation from {@link #prompt}. */
  public Hooks hooks() {
    return new SoftRemoval(factors).hooks();
  }
}
