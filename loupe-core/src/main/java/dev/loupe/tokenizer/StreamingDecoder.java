package dev.loupe.tokenizer;

import java.util.Arrays;

/**
 * Turns generated tokens into text as they come. A character is held back until all its bytes are
 * there, so what has been given out never changes. Not for several threads at once.
 */
public final class StreamingDecoder {
  private final Tokenizer tokenizer;
  private final boolean skipSpecial;
  private int[] ids = new int[64];
  private int size;
  // Decoding starts at windowStart, whose text up to windowShown has been given out already: the
  // overlap lets the decoder treat a leading blank as it does inside a text.
  private int windowStart;
  private int windowShown;

  StreamingDecoder(Tokenizer tokenizer, boolean skipSpecial) {
    this.tokenizer = tokenizer;
    this.skipSpecial = skipSpecial;
  }

  /** Takes one token and returns the text that is now certain, often empty within a character. */
  public String push(int id) {
    if (size == ids.length) {
      ids = Arrays.copyOf(ids, 2 * size);
    }
    ids[size++] = id;
    String text = decode(windowStart, size);
    String shown = decode(windowStart, windowShown);
    if (text.endsWith("\uFFFD") || text.length() <= shown.length()) {
      return "";
    }
    windowStart = windowShown;
    windowShown = size;
    return text.substring(shown.length());
  }

  /** What was held back; call it once, after the last token. */
  public String finish() {
    String text = decode(windowStart, size);
    String shown = decode(windowStart, windowShown);
    windowStart = size;
    windowShown = size;
    return text.length() > shown.length() ? text.substring(shown.length()) : "";
  }

  private String decode(int from, int to) {
    return from == to ? "" : tokenizer.decode(Arrays.copyOfRange(ids, from, to), skipSpecial);
  }
}
