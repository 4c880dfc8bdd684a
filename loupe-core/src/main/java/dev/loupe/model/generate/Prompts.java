package dev.loupe.model.generate;

import dev.loupe.fault.LoupeException;
import dev.loupe.model.ModelConfig;
import dev.loupe.tokenizer.EmbeddingRows;
import java.util.Locale;

/** What every text given to a model must satisfy. */
final class Prompts {
  private Prompts() {}

  /** Throws unless the model can read the tokens. */
  static void requireUsable(int[] ids, ModelConfig config) {
    if (ids.length == 0) {
      throw LoupeException.badInput("the prompt is empty", "give at least one word to continue");
    }
    if (ids.length > config.context()) {
      throw LoupeException.badInput(
          String.format(
              Locale.ROOT,
              "the prompt has %,d tokens; the model's context holds %,d",
              ids.length,
              config.context()),
          "shorten the prompt");
    }
    new EmbeddingRows("the model", config.vocabulary()).require(ids, _ -> "");
  }
}
