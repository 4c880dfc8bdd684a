package dev.loupe.instrument.explain;

/**
 * A part of a text.
 *
 * @param start first UTF-16 index
 * @param end UTF-16 index after the last
 * @param level its size
 */
public record Unit(int start, int end, Level level) {
  public Unit {
    if (start < 0 || end <= start) {
      throw new IllegalArgumentException("unit from " + start + " to " + end);
    }
  }

  String of(String text) {
    return text.substring(start, end);
  }
}
