package dev.loupe.dictionary;

import dev.loupe.fault.LoupeException;
import java.util.Comparator;

/**
 * One feature at one position, spelt {@code LAYER/FEATURE@POSITION} everywhere, or {@code
 * LAYER/EXPERT.NEURON@POSITION}.
 *
 * @param id the feature
 * @param position from 0
 */
public record FeatureAt(FeatureId id, int position) implements Comparable<FeatureAt> {
  private static final Comparator<FeatureAt> ORDER =
      Comparator.comparingInt(FeatureAt::layer)
          .thenComparingInt(FeatureAt::position)
          .thenComparingInt(FeatureAt::feature);

  /** The feature of a layer at a position. */
  public static FeatureAt of(int layer, int feature, int position) {
    return new FeatureAt(new FeatureId(layer, feature), position);
  }

  /**
   * Reads {@code LAYER/FEATURE@POSITION} or {@code LAYER/EXPERT.NEURON@POSITION}.
   *
   * @throws LoupeException if the text is something else
   */
  public static FeatureAt parse(String text) {
    if (!text.matches("[^@]*@\\d{1,9}")) {
      throw LoupeException.badInput(
          "'" + text + "' is no feature at a position",
          "Write LAYER/FEATURE@POSITION, for example 2/141@8.");
    }
    int at = text.indexOf('@');
    return new FeatureAt(
        FeatureId.parse(text.substring(0, at)), Integer.parseInt(text.substring(at + 1)));
  }

  /** The layer whose encoder it belongs to. */
  public int layer() {
    return id.layer();
  }

  /** Its number in the layer. */
  public int feature() {
    return id.feature();
  }

  /** Its activation set to a value, 0 to ablate it. */
  public FeatureChange set(double value) {
    return FeatureChange.at(layer(), position, feature(), new FeatureChange.Action.Set(value));
  }

  /** By layer, then position, then number. */
  @Override
  public int compareTo(FeatureAt other) {
    return ORDER.compare(this, other);
  }

  /** As {@link #parse} reads it. */
  @Override
  public String toString() {
    return id + "@" + position;
  }
}
