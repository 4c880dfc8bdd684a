package dev.loupe.instrument.explain;

import dev.loupe.encoder.EmbeddingModel;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What to contrast.
 *
 * @param prompt text that the model continues, or the user's turn of a conversation
 * @param chat whether it is a turn, which the model's chat template renders
 * @param measure how answers are compared: the fall of the first answer's log-probability, or one
 *     less the similarity of the two texts
 * @param search how edits are searched
 * @param budget edited prompts at most; CELL completes what it has begun
 * @param radius in words, within which CELL changes a prompt further
 * @param mostWords that the best-first search changes at once
 * @param threshold size of the difference that ends the search
 * @param maxTokens of an answer
 * @param judge compares answers instead of {@code measure}; empty for none
 * @param embedding compares answers where {@code measure} is similarity; open until the answer is
 *     there
 * @param log keeps each score at once, so that a search that was stopped does not score again;
 *     empty for none
 */
public record ContrastRequest(
    String prompt,
    boolean chat,
    Measure measure,
    EditSearch search,
    int budget,
    int radius,
    int mostWords,
    double threshold,
    int maxTokens,
    Optional<AnswerJudge> judge,
    Optional<EmbeddingModel> embedding,
    Optional<Path> log) {
  /** Share of CELL's centres that were seen before, as in ICX360. */
  static final double ALPHA = 0.5;

  public ContrastRequest {
    require(budget >= 4, "`budget`", budget, "4 or more");
    require(radius >= 1, "`radius`", radius, "1 or more");
    require(mostWords >= 1, "`mostWords`", mostWords, "1 or more");
    require(threshold > 0, "`threshold`", threshold, "above 0");
    require(maxTokens >= 1, "`maxTokens`", maxTokens, "1 or more");
    AnswerSimilarity.require(measure, embedding);
  }

  /** A search with 40 edits for an answer 5 nats less likely. */
  public static ContrastRequest of(String prompt) {
    return new ContrastRequest(
        prompt,
        false,
        Measure.LOG_PROBABILITY,
        EditSearch.BEST_FIRST,
        40,
        5,
        3,
        5,
        16,
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  /** The same, the answers compared by a judge; the search ends above {@code size}, 0 to 1. */
  public ContrastRequest judged(AnswerJudge by, double size) {
    return new ContrastRequest(
        prompt,
        chat,
        measure,
        search,
        budget,
        radius,
        mostWords,
        size,
        maxTokens,
        Optional.of(by),
        embedding,
        log);
  }

  /** The same, each score kept in a file. */
  public ContrastRequest withLog(Path file) {
    return new ContrastRequest(
        prompt,
        chat,
        measure,
        search,
        budget,
        radius,
        mostWords,
        threshold,
        maxTokens,
        judge,
        embedding,
        Optional.of(file));
  }

  private static void require(boolean legal, String field, Object value, String range) {
    if (!legal) {
      throw new IllegalArgumentException("%s is %s; it must be %s".formatted(field, value, range));
    }
  }
}
