package dev.loupe.instrument.features;

import java.util.List;

/**
 * What an index holds.
 *
 * @param basis what the features are features of
 * @param layers that were indexed
 * @param features of all of them
 * @param tokens that were counted
 * @param neverActive features that were above zero on none of them
 */
public record IndexReport(
    String basis, List<Integer> layers, long features, long tokens, long neverActive) {
  public IndexReport {
    layers = List.copyOf(layers);
  }
}
