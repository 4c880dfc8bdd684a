package dev.loupe.model.generate;

import java.util.List;

/**
 * How the next token is chosen and when to stop. The filters apply in the order temperature, top-k,
 * top-p, min-p, each to what the one before has left, as in transformers.
 *
 * @param temperature logits are divided by it; 0 takes the most likely token
 * @param topK only the k most likely tokens; 0 for all
 * @param topP only the fewest most likely tokens whose probabilities reach this sum; 1 for all
 * @param minP only tokens at least this share as likely as the most likely one; 0 for all
 * @param maxTokens most tokens to generate
 * @param stop texts that end the generation; they are not part of its text
 * @param seed of the draws: same seed, same text
 */
public record SamplingOptions(
    double temperature,
    int topK,
    double topP,
    double minP,
    int maxTokens,
    List<String> stop,
    long seed) {
  private static final double LARGEST_TEMPERATURE = 100;

  /**
   * Checks every value.
   *
   * @throws IllegalArgumentException naming the option and its legal range
   */
  public SamplingOptions {
    require(
        temperature >= 0 && temperature <= LARGEST_TEMPERATURE,
        "`temperature`",
        temperature,
        "from 0 (greedy) to 100");
    require(topK >= 0, "`topK`", topK, "0 (all tokens) or more");
    require(topP > 0 && topP <= 1, "`topP`", topP, "above 0 and at most 1 (all tokens)");
    require(minP >= 0 && minP <= 1, "`minP`", minP, "from 0 (all tokens) to 1");
    require(maxTokens >= 1, "`maxTokens`", maxTokens, "1 or more");
    require(stop.stream().noneMatch(String::isEmpty), "`stop`", "\"\"", "a text that is not empty");
    stop = List.copyOf(stop);
  }

  /** Always the most likely token, without stop texts. */
  public static SamplingOptions greedy(int maxTokens) {
    return new SamplingOptions(0, 0, 1, 0, maxTokens, List.of(), 0);
  }

  /** Draws from the model's own distribution. */
  public static SamplingOptions sampling(double temperature, int maxTokens, long seed) {
    return new SamplingOptions(temperature, 0, 1, 0, maxTokens, List.of(), seed);
  }

  /** These options with other stop texts. */
  public SamplingOptions withStop(String... texts) {
    return new SamplingOptions(temperature, topK, topP, minP, maxTokens, List.of(texts), seed);
  }

  private static void require(boolean legal, String option, Object value, String range) {
    if (!legal) {
      throw new IllegalArgumentException("%s is %s; it must be %s".formatted(option, value, range));
    }
  }
}
