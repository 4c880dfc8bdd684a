package dev.loupe.dictionary;

import dev.loupe.fault.LoupeException;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One feature of a basis.
 *
 * @param layer the layer whose encoder it belongs to
 * @param expert the expert of a mixture among whose neurons {@code feature} counts; empty where it
 *     counts through the layer, as everything but a spelling does ({@link UnitNames})
 * @param feature its number in the layer; −1 for what the features of the layer do not reconstruct
 *     ({@link #error})
 */
public record FeatureId(int layer, OptionalInt expert, int feature) {
  private static final Pattern SPELLING =
      Pattern.compile("[Ll]?(\\d{1,4})/(?:(\\d{1,6})\\.)?(\\d{1,9})");

  private static final int ERROR = -1;

  /** The feature of a layer, numbered through it. */
  public FeatureId(int layer, int feature) {
    this(layer, OptionalInt.empty(), feature);
  }

  /** The neuron of an expert. */
  public static FeatureId ofExpert(int layer, int expert, int neuron) {
    return new FeatureId(layer, OptionalInt.of(expert), neuron);
  }

  /**
   * The error of a layer, a node of a circuit beside its features: what stands at the layer's own
   * target and no feature writes.
   */
  public static FeatureId error(int layer) {
    return new FeatureId(layer, ERROR);
  }

  /** Whether it is a layer's error. */
  public boolean isError() {
    return feature == ERROR;
  }

  /**
   * Reads {@code LAYER/FEATURE} or {@code LAYER/EXPERT.NEURON}, an L before the layer allowed.
   *
   * @throws LoupeException if the text is something else
   */
  public static FeatureId parse(String text) {
    Matcher parts = SPELLING.matcher(text);
    if (!parts.matches()) {
      throw LoupeException.badInput(
          "'" + text + "' is no feature", "Write LAYER/FEATURE, for example 2/141.");
    }
    return new FeatureId(
        Integer.parseInt(parts.group(1)),
        parts.group(2) == null
            ? OptionalInt.empty()
            : OptionalInt.of(Integer.parseInt(parts.group(2))),
        Integer.parseInt(parts.group(3)));
  }

  /** As {@link #parse} reads it; an error is {@code LAYER/error}. */
  @Override
  public String toString() {
    return isError()
        ? layer + "/error"
        : layer + "/" + (expert.isPresent() ? expert.getAsInt() + "." : "") + feature;
  }
}
