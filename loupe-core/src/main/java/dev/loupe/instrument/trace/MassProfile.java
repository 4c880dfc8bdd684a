package dev.loupe.instrument.trace;

import java.util.Arrays;
import java.util.List;

/**
 * Where the magnitudes of a row's edges lie, layer by layer, learnt from rows that have been swept
 * to the bottom: tells how much of a row the sweep has seen before it has seen it all. Only the
 * choice of nodes rests on it; every reported share is computed from whole rows.
 */
final class MassProfile {
  private final double[] byLayer;
  private final double bottom;

  private MassProfile(double[] byLayer, double bottom) {
    this.byLayer = byLayer;
    this.bottom = bottom;
  }

  /** A profile that takes all layers to weigh the same, for the first sweep. */
  static MassProfile flat(int layers) {
    double[] even = new double[layers];
    Arrays.fill(even, 1.0 / (layers + 1));
    return new MassProfile(even, 1.0 / (layers + 1));
  }

  /** The mean profile of finished logit rows. */
  static MassProfile of(List<TargetRow> rows, int layers) {
    double[] byLayer = new double[layers];
    double bottom = 0;
    for (TargetRow row : rows) {
      double part = row.flow / row.mass;
      for (int layer = 0; layer < layers; layer++) {
        byLayer[layer] += part * massAt(row, layer);
      }
      bottom += part * massAtBottom(row);
    }
    return new MassProfile(byLayer, bottom);
  }

  private static double massAt(TargetRow row, int layer) {
    double mass = Math.abs(row.mlpBias[layer]) + Math.abs(row.attentionBias[layer]);
    return mass + row.errorAt(layer) + row.remainderAt(layer, 0);
  }

  private static double massAtBottom(TargetRow row) {
    double mass = Math.abs(row.embeddingBias) + Math.abs(row.ownBias);
    for (float token : row.tokens) {
      mass += Math.abs(token);
    }
    for (float position : row.positions) {
      mass += Math.abs(position);
    }
    return mass;
  }

  /**
   * The share of a row's mass that layers {@code [layer, start)} hold, for a target that reads in
   * layer {@code start}.
   */
  double shareSeen(int layer, int start) {
    double seen = 0;
    double all = bottom;
    for (int below = 0; below < start; below++) {
      all += byLayer[below];
      seen += below >= layer ? byLayer[below] : 0;
    }
    return all == 0 ? 1 : Math.max(seen / all, 1e-3);
  }

  /** Flow that rows have not spent above a layer, by the estimated totals. */
  double inTransit(List<TargetRow> rows, int layer) {
    double unspent = 0;
    for (TargetRow row : rows) {
      double seen = layer + 1 >= row.layer ? 0 : shareSeen(layer + 1, row.layer);
      unspent += row.flow * (1 - seen);
    }
    return unspent;
  }

  /**
   * Of the flow that passes {@code layer}, how much is still expected on neurons, relative to what
   * lands on this layer.
   */
  double landingsFrom(int layer, double landed) {
    double here = Math.max(byLayer[layer], 1e-12);
    double below = 0;
    for (int l = 0; l <= layer; l++) {
      below += byLayer[l];
    }
    return landed * below / here;
  }
}
