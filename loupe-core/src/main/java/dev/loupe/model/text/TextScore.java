package dev.loupe.model.text;

import java.util.List;

/**
 * How likely a continuation is, token by token.
 *
 * @param tokens the tokens of prompt and continuation, tokenised in one piece, that hold at least
 *     one character of the continuation
 * @param logProbabilities natural log of the probability of each of them, given all before it
 */
public record TextScore(List<String> tokens, List<Double> logProbabilities) {
  public TextScore {
    tokens = List.copyOf(tokens);
    logProbabilities = List.copyOf(logProbabilities);
    if (tokens.isEmpty() || tokens.size() != logProbabilities.size()) {
      throw new IllegalArgumentException(
          tokens.size() + " tokens, " + logProbabilities.size() + " log-probabilities");
    }
  }

  /** Natural log of the probability of the whole continuation. */
  public double sum() {
    return logProbabilities.stream().mapToDouble(Double::doubleValue).sum();
  }

  /** The sum divided by the number of tokens. */
  public double mean() {
    return sum() / tokens.size();
  }
}
