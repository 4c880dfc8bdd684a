package dev.loupe.tokenizer;

import java.util.List;

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

  /** The part of the text that a token covers; empty for tokens that the tokenizer put in. */
  public String covered(int position) {
    Token token = tokens.get(position);
    return text.substring(token.startChar(), token.endChar());
  }
}
