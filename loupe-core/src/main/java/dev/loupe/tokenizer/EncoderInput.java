package dev.loupe.tokenizer;

/**
 * One text, or a pair of texts, as an encoder model reads it.
 *
 * @param ids the tokens, with those that the tokenizer puts around and between the texts
 * @param types 0 for the first text and 1 for the second, as the tokenizer assigns them
 */
@SuppressWarnings("ArrayRecordComponent") // numbers handed on, never compared
public record EncoderInput(long[] ids, long[] types) {
  /** How many tokens it has. */
  public int size() {
    return ids.length;
  }
}
