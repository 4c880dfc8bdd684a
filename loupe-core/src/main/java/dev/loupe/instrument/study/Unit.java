package dev.loupe.instrument.study;

/**
 * A feature of a basis.
 *
 * @param layer of the basis
 * @param feature its number in the layer
 */
public record Unit(int layer, int feature) {
  @Override
  public String toString() {
    return layer + "/" + feature;
  }
}
