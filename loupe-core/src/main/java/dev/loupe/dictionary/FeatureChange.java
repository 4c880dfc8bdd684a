package dev.loupe.dictionary;

import java.util.OptionalInt;

/**
 * One change of a feature.
 *
 * @param layer of the basis
 * @param feature its number in the layer
 * @param position where, from 0; everywhere when empty
 * @param action what becomes of its activation
 */
public record FeatureChange(int layer, int feature, OptionalInt position, Action action) {
  /** What becomes of an activation. */
  public sealed interface Action {
    /** It is set to a value; 0 ablates the feature. */
    record Set(double value) implements Action {}

    /** It is multiplied. */
    record Scale(double factor) implements Action {}

    /** An amount is added, whether or not the feature is active. */
    record Add(double amount) implements Action {}
  }

  /** A change at one position. */
  public static FeatureChange at(int layer, int position, int feature, Action action) {
    return new FeatureChange(layer, feature, OptionalInt.of(position), action);
  }

  /** By how much the activation changes from what it is. */
  double from(double current) {
    return switch (action) {
      case Action.Set(double value) -> value - current;
      case Action.Scale(double factor) -> (factor - 1) * current;
      case Action.Add(double amount) -> amount;
    };
  }
}
