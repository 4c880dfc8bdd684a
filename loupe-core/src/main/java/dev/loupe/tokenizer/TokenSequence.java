package dev.loupe.tokenizer;

import java.util.List;
import java.util.Optional;

/**
 * A text and its tokens in order.
 *
 * @param text what was encoded
 * @param tokens {@code [pos]}
 */
public record TokenSequence(String text, List<Token> tokens) {
  public TokenSequence {
    tokens = List.copyOf(tokens);
  }

  /** How many tokens there are. */
  public int size() {
    return tokens.size();
  }

  /** The token at a position. */
  public Token token(int position) {
    return tokens.get(position);
  }

  /** The token numbers {@code [pos]}, a fresh array. */
  public int[] ids() {
    return tokens.stream().mapToInt(Token::id).toArray();
  }

  /**
   * What to tell a person whose text begins with the same control token twice, as where one was
   * typed and the tokenizer adds another: no model was trained on that.
   */
  public Optional<String> doubledStart(Tokenizer tokenizer) {
    return size() > 1 && token(0).id() == token(1).id() && tokenizer.isControl(token(0).id())
        ? Optional.of(
            "The prompt begins with %s twice: one is written in it and one was added before it. Models are trained with one: leave it out of the prompt."
                .formatted(token(0).text()))
        : Optional.empty();
  }

  /** The part of the text that a token covers; empty for tokens that the tokenizer put in. */
  public String covered(int position) {
    Token token = tokens.get(position);
    return text.substring(token.startChar(), token.endChar());
  }
}
