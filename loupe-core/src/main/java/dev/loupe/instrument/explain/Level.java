package dev.loupe.instrument.explain;

import java.util.Locale;

/** The size of the parts of a prompt, from large to small. */
public enum Level {
  /** Of a conversation, a user's turn with the answer to it: an example. */
  EXCHANGE,
  /** A turn of a conversation. */
  TURN,
  /** What stands between blank lines. */
  PARAGRAPH,
  SENTENCE,
  /** A run of words that ends before a preposition, a conjunction, a verb, or after a comma. */
  PHRASE,
  WORD,
  /** A token of the model's tokenizer. */
  TOKEN,
  /** What the request names. */
  SEGMENT;

  /** The word for one of them. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
