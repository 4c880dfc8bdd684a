package dev.loupe.instrument.geometry;

import java.util.List;

/**
 * Features in a plane. Entry i of every column of {@link Points} is one feature.
 *
 * @param bases the dictionaries in the map
 * @param sizes how many features each of them has, dead ones included
 * @param dead features that are never active on the text, left out; 0 without text
 * @param positions of text; 0 without
 * @param neighbours that the plane was to keep
 * @param epochs of the layout
 * @param preserved share of the true neighbours that are among the nearest in the plane
 * @param preservedByChance the same of a plane at random
 * @param trustworthiness 1 where nothing is near in the plane that is far in truth
 * @param sampled features over which the last three were measured
 * @param points the features
 */
public record MapReport(
    List<String> bases,
    List<Integer> sizes,
    int dead,
    long positions,
    int neighbours,
    int epochs,
    double preserved,
    double preservedByChance,
    double trustworthiness,
    int sampled,
    Points points) {

  /**
   * The features by columns.
   *
   * @param basis which of the dictionaries, from 0
   * @param layer of each
   * @param feature its number in the layer
   * @param x in the plane
   * @param y in the plane
   * @param frequency share of positions on which it is active; empty without text
   * @param peak the token on which it is most active, with what stands before it; empty without
   *     text
   * @param label the words given to it, or else the token on which at least half of its activation
   *     lies; "" for none; empty where nothing was read or given
   * @param near the nearest others by true cosine, the nearest first
   * @param cosine with each of them
   */
  public record Points(
      List<Integer> basis,
      List<Integer> layer,
      List<Integer> feature,
      List<Double> x,
      List<Double> y,
      List<Double> frequency,
      List<String> peak,
      List<String> label,
      List<List<Integer>> near,
      List<List<Double>> cosine) {}
}
