package dev.loupe.instrument.explain;

import java.util.Optional;

/**
 * What to highlight.
 *
 * @param prompt the user's query
 * @param chat whether the model's chat template renders it as a turn
 * @param affirmation the opening of an answer that complies
 * @param alpha share of the query's tokens that are taken for critical; without a refusal
 * @param beta factor of their embeddings under soft removal
 * @param maxTokens of the answers before and after; 0 for none
 * @param draws sets of as many random tokens with which the highlighted ones are compared; 0 leaves
 *     the comparison out
 * @param refusal the opening of an answer that declines: with it the phrases are highlighted
 *     without which the model would begin so, if there are any, rather than a share of the tokens
 *     by gradient
 */
public record HighlightRequest(
    String prompt,
    boolean chat,
    String affirmation,
    double alpha,
    double beta,
    int maxTokens,
    int draws,
    Optional<String> refusal) {
  /** Random sets by default. */
  public static final int DRAWS = 10;

  /** The paper's opening. */
  public static final String AFFIRMATION = "Sure! I can help with that.";

  /** The paper's share of critical tokens. */
  public static final double ALPHA = 0.25;

  /** The paper's factor. */
  public static final double BETA = 0.5;

  public HighlightRequest {
    require(alpha > 0 && alpha <= 1, "`alpha`", alpha, "above 0 and at most 1");
    require(beta >= 0 && beta <= 1, "`beta`", beta, "from 0 to 1");
    require(maxTokens >= 0, "`maxTokens`", maxTokens, "0 or more");
    require(draws >= 0, "`draws`", draws, "0 or more");
    require(refusal.map(each -> !each.isBlank()).orElse(true), "`refusal`", "blank", "some text");
  }

  /** A turn of a conversation with the paper's settings. */
  public static HighlightRequest of(String prompt) {
    return new HighlightRequest(
        prompt, true, AFFIRMATION, ALPHA, BETA, 16, DRAWS, Optional.empty());
  }

  /** The same as plain text, for a model without a chat template. */
  public HighlightRequest asText() {
    return new HighlightRequest(prompt, false, affirmation, alpha, beta, maxTokens, draws, refusal);
  }

  /** The same with another opening. */
  public HighlightRequest withAffirmation(String other) {
    return new HighlightRequest(prompt, chat, other, alpha, beta, maxTokens, draws, refusal);
  }

  /** The same with phrases chosen by deletion, against the opening of a refusal. */
  public HighlightRequest withRefusal(String opening) {
    return new HighlightRequest(
        prompt, chat, affirmation, alpha, beta, maxTokens, draws, Optional.of(opening));
  }

  private static void require(boolean legal, String field, Object value, String range) {
    if (!legal) {
      throw new IllegalArgumentException("%s is %s; it must be %s".formatted(field, value, range));
    }
  }
}
