package dev.loupe.dictionary;

import dev.loupe.fault.LoupeException;

/**
 * One feature of a basis.
 *
 * @param layer the layer whose encoder it belongs to
 * @param feature its number in the layer
 */
public record FeatureId(int layer, int feature) {
  /**
   * Reads {@code LAYER/FEATURE}, an L before the layer allowed.
   *
   * @throws LoupeException if the text is something else
   */
  public static FeatureId parse(String text) {
    if (!text.matches("[Ll]?\\d{1,4}/\\d{1,9}")) {
      throw LoupeException.badInput(
          "'" + text + "' is no feature", "Write LAYER/FEATURE, for example 2/141.");
    }
    int slash = text.indexOf('/');
    int start = Character.isDigit(text.charAt(0)) ? 0 : 1;
    return new FeatureId(
        Integer.parseInt(text.substring(start, slash)),
        Integer.parseInt(text.substring(slash + 1)));
  }

  /** As {@link #parse} reads it. */
  @Override
  public String toString() {
    return layer + "/" + feature;
  }
}
