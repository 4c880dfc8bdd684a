package dev.loupe.prose;

/**
 * A part of a text.
 *
 * @param start first UTF-16 index
 * @param end UTF-16 index after the last
 */
public record Stretch(int start, int end) {
  public Stretch {
    if (start < 0 || end <= start) {
      throw new IllegalArgumentException("stretch from " + start + " to " + end);
    }
  }

  /** The part of the text. */
  public String of(String text) {
    return text.substring(start, end);
  }

  /** So many characters further on. */
  public Stretch shifted(int by) {
    return new Stretch(start + by, end + by);
  }
}
