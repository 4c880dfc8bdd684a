package dev.loupe.instrument.explain;

import dev.loupe.fault.LoupeException;
import dev.loupe.job.Run;
import dev.loupe.model.Hooks;
import dev.loupe.model.load.LanguageModel;
import dev.loupe.model.text.Prompt;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The Token Highlighter as a defence (Hu et al. 2024): the answer to a query whose critical tokens
 * are softly removed. Without a refusal to compare with, a query without an attack loses the same
 * share of its tokens.
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
   * With the paper's factor, and its share if no refusal is given.
   *
   * @param prompt as the model reads it
   * @param query the part of it that is not trusted; its last occurrence counts
   * @param affirmation the opening of an answer that complies
   * @param refusal of one that declines: with it only phrases without which the model would begin
   *     so are softened
   * @param run ends the search when it is to stop
   * @throws LoupeException if the query is empty or cannot be found, or if prompt and opening do
   *     not fit the model
   */
  public static Guard of(
      LanguageModel model,
      Prompt.Plain prompt,
      String query,
      String affirmation,
      Optional<String> refusal,
      Run run) {
    LanguageModel watched = model.watched(run::check);
    QueryTokens tokens = QueryTokens.of(model, prompt, query, affirmation);
    List<Integer> selected =
        refusal
            .map(each ->
                PhraseDeletion.of(watched, tokens, affirmation, each, run)
                    .selected(tokens, PhraseDeletion.SHARE))
            .orElseGet(() -> byGradient(watched, tokens));
    int[] ids = tokens.prompt();
    return new Guard(
        ids,
        Arrays.copyOf(tokens.factors(selected, HighlightRequest.BETA), ids.length),
        selected.stream().map(i -> tokens.token(i).text()).toList());
  }

  private static List<Integer> byGradient(LanguageModel model, QueryTokens tokens) {
    double[] norms = tokens.norms(tokens.gradients(model).at(1));
    return QueryTokens.selected(norms, HighlightRequest.ALPHA).stream().sorted().toList();
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
