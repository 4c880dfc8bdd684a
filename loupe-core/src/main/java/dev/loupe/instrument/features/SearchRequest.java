package dev.loupe.instrument.features;

import dev.loupe.fault.LoupeException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Asks which features have to do with words.
 *
 * @param store the index that they are looked up in
 * @param text on which they fire; this or the token is given
 * @param token that they have to do with, leading space included
 * @param layers to look at; empty for all that the index holds
 * @param top how many features to name
 */
public record SearchRequest(
    Path store, Optional<String> text, Optional<String> token, List<Integer> layers, int top) {
  private static final int TOP = 20;

  public SearchRequest {
    layers = List.copyOf(layers);
    if (text.isPresent() == token.isPresent()) {
      throw LoupeException.badInput("a search is for a text or a token", "Give `text` or `token`.");
    }
    if (top < 1) {
      throw LoupeException.badInput("`top` is " + top, "Name at least one feature.");
    }
  }

  /** The features that fire on a text. */
  public static SearchRequest text(Path store, String text) {
    return new SearchRequest(store, Optional.of(text), Optional.empty(), List.of(), TOP);
  }

  /** The features that have to do with a token. */
  public static SearchRequest token(Path store, String token) {
    return new SearchRequest(store, Optional.empty(), Optional.of(token), List.of(), TOP);
  }
}
