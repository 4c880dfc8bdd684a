package dev.loupe.instrument.geometry;

import dev.loupe.dictionary.FeatureId;
import java.util.List;

/**
 * Features that write in nearly the same direction.
 *
 * @param basis the dictionary that was asked about
 * @param searched how many features were looked through
 * @param features each with its neighbours
 */
public record NeighboursReport(String basis, long searched, List<Neighbourhood> features) {
  /**
   * A feature and what lies near.
   *
   * @param chance the largest cosine with the same directions after a random rotation
   * @param nearest the nearest first
   */
  public record Neighbourhood(FeatureId id, double chance, List<Near> nearest) {}

  /**
   * A neighbour.
   *
   * @param basis the dictionary that it belongs to
   * @param cosine of the two decoder directions, each at its layer's own target
   */
  public record Near(String basis, FeatureId id, double cosine) {}
}
