package dev.loupe.instrument.explain;

import java.util.List;

/**
 * Which tokens of a query push the model towards complying.
 *
 * @param model its name
 * @param text the query
 * @param affirmation the opening whose log-probability was differentiated
 * @param tokens of the query, in order
 * @param words of the query, in order
 * @param before the model as it is
 * @param after with the embeddings of the selected tokens multiplied by β
 */
public record HighlightReport(
    String model,
    String text,
    String affirmation,
    List<QueryToken> tokens,
    List<QueryWord> words,
    Response before,
    Response after) {
  public HighlightReport {
    tokens = List.copyOf(tokens);
    words = List.copyOf(words);
  }

  /**
   * A token of the query.
   *
   * @param text of it
   * @param start first UTF-16 index in the query
   * @param end UTF-16 index after the last
   * @param norm ‖∂ Σ log p(affirmation) / ∂ embedding‖₂
   * @param ablated by how many nats the affirmation loses against the refusal when the token's
   *     phrase is deleted; NaN where no refusal was given
   * @param selected whether it is highlighted
   */
  public record QueryToken(
      String text, int start, int end, double norm, double ablated, boolean selected) {}

  /**
   * A word of the query: its tokens are those whose first visible character it holds, and one of
   * white space alone that stands right before it. The scores are those of the ICX360 toolkit, of
   * the gradient of the mean cross-entropy.
   *
   * @param text of it
   * @param meanOfNorms mean of its tokens' norms
   * @param normOfMean norm of its tokens' mean gradient
   * @param frobenius norm of all its gradients together
   */
  public record QueryWord(String text, double meanOfNorms, double normOfMean, double frobenius) {}

  /**
   * What the model does with the query.
   *
   * @param affirmation log-probability of the whole opening
   * @param next the likeliest next tokens
   * @param answer greedily; empty if none was asked for
   */
  public record Response(double affirmation, List<NextToken> next, String answer) {
    public Response {
      next = List.copyOf(next);
    }
  }

  /** A token that may come next, with its logit and log-probability. */
  public record NextToken(int id, String text, double logit, double logProbability) {}
}
