package dev.loupe.model.remote;

import dev.loupe.model.text.TextScore;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** How a server gives the log-probabilities of a prompt's tokens. */
enum PromptScores {
  /**
   * {@code echo} with {@code logprobs}: {@code logprobs.tokens}, {@code token_logprobs}, by offset.
   */
  ECHO {
    @Override
    void ask(ObjectNode question) {
      question.put("echo", true).put("logprobs", 1);
    }

    @Override
    Optional<TextScore> read(JsonNode answer, String text, String continuation) {
      JsonNode given = answer.path("choices").path(0).path("logprobs");
      List<Piece> pieces = new ArrayList<>();
      StringBuilder read = new StringBuilder();
      for (int i = 0; i < given.path("tokens").size() && read.length() < text.length(); i++) {
        String token = given.path("tokens").get(i).asString("");
        read.append(token);
        pieces.add(new Piece(token, number(given.path("token_logprobs").path(i))));
      }
      return read.toString().equals(text) ? end(pieces, continuation) : Optional.empty();
    }
  },
  /** vLLM's {@code prompt_logprobs}: for each token a map from ids, its own among them. */
  PROMPT_LOGPROBS {
    @Override
    void ask(ObjectNode question) {
      question.put("prompt_logprobs", 0);
    }

    @Override
    Optional<TextScore> read(JsonNode answer, String text, String continuation) {
      List<Piece> pieces = new ArrayList<>();
      for (JsonNode place : answer.path("choices").path(0).path("prompt_logprobs")) {
        // With 0 asked for, the map holds the prompt's own token alone; with more, it comes first.
        JsonNode own = place.isObject() ? place.iterator().next() : place;
        pieces.add(new Piece(own.path("decoded_token").asString(""), number(own.path("logprob"))));
      }
      return end(pieces, continuation);
    }
  },
  /** Not at all. */
  NONE {
    @Override
    void ask(ObjectNode question) {
      throw new IllegalStateException("the server gives none");
    }

    @Override
    Optional<TextScore> read(JsonNode answer, String text, String continuation) {
      return Optional.empty();
    }
  };

  /** A token with its log-probability, NaN where none is given. */
  private record Piece(String token, double logProbability) {}

  /** Adds the fields that ask for them. */
  abstract void ask(ObjectNode question);

  /**
   * The tokens that hold at least one character of the continuation.
   *
   * @return empty if the answer has none, or is about another text
   */
  abstract Optional<TextScore> read(JsonNode answer, String text, String continuation);

  private static double number(JsonNode value) {
    return value.isNumber() ? value.doubleValue() : Double.NaN;
  }

  /** From the end, since a server may put tokens in front. */
  private static Optional<TextScore> end(List<Piece> pieces, String continuation) {
    List<String> tokens = new ArrayList<>();
    List<Double> values = new ArrayList<>();
    StringBuilder read = new StringBuilder();
    for (int i = pieces.size() - 1; i >= 0 && read.length() < continuation.length(); i--) {
      Piece piece = pieces.get(i);
      read.insert(0, piece.token());
      tokens.add(piece.token());
      values.add(piece.logProbability());
    }
    boolean isIt = read.toString().endsWith(continuation) && !continuation.isEmpty();
    if (!isIt || values.stream().anyMatch(value -> value.isNaN() || value > 1e-6)) {
      return Optional.empty();
    }
    Collections.reverse(tokens);
    Collections.reverse(values);
    return Optional.of(new TextScore(tokens, values));
  }
}
