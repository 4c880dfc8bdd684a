package dev.loupe.instrument.explain;

/**
 * What to contrast.
 *
 * @param prompt text that the model continues, or the user's turn of a conversation
 * @param chat whether it is a turn, which the model's chat template renders
 * @param measure how answers are compared: the fall of the first answer's log-probability, or one
 *     less the similarity of the two texts
 * @param planned whether the budget is planned (CELL) rather than the best edit made again and
 *     again (mCELL)
 * @param budget edited prompts at most; CELL completes what it has begun
 * @param radius in words, within which CELL changes a prompt further
 * @param threshold size of the difference that ends the search
 * @param maxTokens of an answer
 */
public record ContrastRequest(
    String prompt,
    boolean chat,
    Measure measure,
    boolean planned,
    int budget,
    int radius,
    double threshold,
    int maxTokens) {
  /** Share of CELL's centres that were seen before, as in ICX360. */
  static final double ALPHA = 0.5;

  public ContrastRequest {
    require(budget >= 4, "`budget`", budget, "4 or more");
    require(radius >= 1, "`radius`", radius, "1 or more");
    require(threshold > 0, "`threshold`", threshold, "above 0");
    require(maxTokens >= 1, "`maxTokens`", maxTokens, "1 or more");
  }

  /** A planned search with 40 edits for an answer 5 nats less likely. */
  public static ContrastRequest of(String prompt) {
    return new ContrastRequest(prompt, false, Measure.LOG_PROBABILITY, true, 40, 5, 5, 16);
  }

  private static void require(boolean legal, String field, Object value, String range) {
    if (!legal) {
      throw new IllegalArgumentException("%s is %s; it must be %s".formatted(field, value, range));
    }
  }
}
