package dev.loupe.tokenizer;

import dev.loupe.fault.LoupeException;
import java.util.Locale;
import java.util.function.IntFunction;

/**
 * The tokens for which a model has an embedding row. A tokenizer may know more: words that were
 * added to it and not to the model, or it belongs to another model.
 *
 * @param model what errors call it
 * @param rows d_vocab of the model
 */
public record EmbeddingRows(String model, int rows) {
  /**
   * Fails at the first token without a row.
   *
   * @param text of a token, for the message; empty where nobody knows it
   * @throws LoupeException naming the token, its number and the size of the vocabulary
   */
  public void require(int[] ids, IntFunction<String> text) {
    for (int position = 0; position < ids.length; position++) {
      int id = ids[position];
      if (id < 0 || id >= rows) {
        String spelt = text.apply(id);
        throw LoupeException.badInput(
            String.format(
                Locale.ROOT,
                "token %d%s at position %d has no embedding row: the vocabulary of %s has %,d tokens, 0 to %d",
                id,
                spelt.isEmpty() ? "" : " (\"" + spelt + "\")",
                position,
                model,
                rows,
                rows - 1),
            "Use the tokenizer that belongs to the model, or leave this token out of the text.");
      }
    }
  }
}
