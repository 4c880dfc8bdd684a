package dev.loupe.statistics;

import java.util.Arrays;

/**
 * From values of one number to the values of another that have the same rank: what is larger than a
 * share of the first becomes what is larger than that share of the second. Equal values have the
 * middle of their ranks.
 */
public final class QuantileMap {
  private final double[] from;
  private final double[] to;

  private QuantileMap(double[] from, double[] to) {
    this.from = from;
    this.to = to;
  }

  /** By some values of each; they need not be paired. */
  public static QuantileMap of(double[] from, double[] to) {
    double[] first = from.clone();
    double[] second = to.clone();
    Arrays.sort(first);
    Arrays.sort(second);
    return new QuantileMap(first, second);
  }

  /** The value of the second that has this one's rank, between its neighbours. */
  public double of(double value) {
    double share = (below(value, false) + below(value, true)) / (2.0 * from.length);
    double place = Math.clamp(share * to.length - 0.5, 0, to.length - 1.0);
    int low = (int) place;
    int high = Math.min(to.length - 1, low + 1);
    return to[low] + (place - low) * (to[high] - to[low]);
  }

  /** How many of the first are smaller, or not larger. */
  private int below(double value, boolean orEqual) {
    int low = 0;
    int high = from.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      boolean isBelow = orEqual ? from[middle] <= value : from[middle] < value;
      if (isBelow) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
