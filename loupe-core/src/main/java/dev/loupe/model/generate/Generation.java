package dev.loupe.model.generate;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The output of a model.
 *
 * @param text up to the stop text or end token, without either
 * @param tokens every generated token, the end token included
 * @param stopReason why it ended
 * @param stopText the stop text that ended it
 * @param timings how long it took
 */
public record Generation(
    String text,
    List<GeneratedToken> tokens,
    StopReason stopReason,
    Optional<String> stopText,
    Timings timings) {
  public Generation {
    tokens = List.copyOf(tokens);
  }

  /** The generated ids, a fresh array. */
  public int[] ids() {
    return tokens.stream().mapToInt(GeneratedToken::id).toArray();
  }

  /**
   * One generated token.
   *
   * @param id its number
   * @param logProbability natural log of the probability that the model itself gives it, before
   *     temperature and filters
   */
  public record GeneratedToken(int id, double logProbability) {}

  /** Why a generation ended. */
  public enum StopReason {
    /** The model chose one of its end tokens. */
    END_TOKEN,
    /** A stop text was complete. */
    STOP_TEXT,
    /** As many tokens as were asked for. */
    MAX_TOKENS,
    /** The model's context is full. */
    CONTEXT_FULL,
    /** The caller gave up. */
    CANCELLED
  }

  /**
   * How long it took.
   *
   * @param promptTokens tokens that were read
   * @param prefill from the start to the logits that follow the prompt
   * @param decodedTokens tokens that were run one at a time after the prompt
   * @param decode the time of those
   */
  public record Timings(int promptTokens, Duration prefill, int decodedTokens, Duration decode) {
    /** Prompt tokens read each second. */
    public double prefillRate() {
      return rate(promptTokens, prefill);
    }

    /** Tokens decoded each second; 0 when none was. */
    public double decodeRate() {
      return rate(decodedTokens, decode);
    }

    private static double rate(int tokens, Duration time) {
      return tokens == 0 ? 0 : tokens / (Math.max(1, time.toNanos()) / 1e9);
    }
  }
}
