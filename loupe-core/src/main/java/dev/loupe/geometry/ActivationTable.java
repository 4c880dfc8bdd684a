package dev.loupe.geometry;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * Activations of the features of one layer on texts of one length, position after position, only
 * those that are not 0. Two tables of the same texts can be correlated.
 */
public final class ActivationTable {
  private final int length;
  private final int features;
  private final int[] starts;
  private final int[] ids;
  private final double[] values;

  private ActivationTable(int length, int features, int[] starts, int[] ids, double[] values) {
    this.length = length;
    this.features = features;
    this.starts = starts;
    this.ids = ids;
    this.values = values;
  }

  /** Positions of each text. */
  public int length() {
    return length;
  }

  /** How many texts. */
  public int texts() {
    return positions() / length;
  }

  /** Positions of all texts. */
  public int positions() {
    return starts.length - 1;
  }

  /** Features of the layer, active or not. */
  public int features() {
    return features;
  }

  /** The index of a position's first entry. */
  int start(int position) {
    return starts[position];
  }

  /** The feature of an entry. */
  int feature(int index) {
    return ids[index];
  }

  /** The activation of an entry. */
  double value(int index) {
    return values[index];
  }

  /** How many entries. */
  int count() {
    return ids.length;
  }

  /** On how many positions each feature is active, {@code [features]}. */
  public int[] active() {
    int[] active = new int[features];
    for (int id : ids) {
      active[id]++;
    }
    return active;
  }

  /** Sum of each feature's activations, {@code [features]}. */
  double[] sums() {
    double[] sums = new double[features];
    for (int i = 0; i < ids.length; i++) {
      sums[ids[i]] += values[i];
    }
    return sums;
  }

  /**
   * Some of the features alone, in the order given.
   *
   * @param kept numbers of features
   */
  public ActivationTable keeping(int... kept) {
    int[] places = new int[features];
    Arrays.fill(places, -1);
    for (int i = 0; i < kept.length; i++) {
      places[kept[i]] = i;
    }
    Builder builder = new Builder(length, kept.length);
    for (int at = 0; at < positions(); at++) {
      for (int i = starts[at]; i < starts[at + 1]; i++) {
        if (places[ids[i]] >= 0) {
          builder.add(places[ids[i]], values[i]);
        }
      }
      builder.endPosition();
    }
    return builder.build();
  }

  /** The position on which each feature is most active, {@code [features]}; -1 for none. */
  public int[] peaks() {
    int[] peaks = new int[features];
    double[] largest = new double[features];
    Arrays.fill(peaks, -1);
    for (int at = 0; at < positions(); at++) {
      for (int i = starts[at]; i < starts[at + 1]; i++) {
        if (values[i] > largest[ids[i]]) {
          largest[ids[i]] = values[i];
          peaks[ids[i]] = at;
        }
      }
    }
    return peaks;
  }

  /**
   * The kind of position, such as its token, on which at least a share of each feature's positive
   * activation lies, {@code [features]}; -1 where no kind has so much.
   *
   * @param kinds of each position
   * @param share one half or more; of two kinds with just one half each, the lower one
   */
  public int[] mostly(int[] kinds, double share) {
    Map<Long, Double> sums = new HashMap<>();
    double[] totals = new double[features];
    for (int at = 0; at < positions(); at++) {
      for (int i = starts[at]; i < starts[at + 1]; i++) {
        if (values[i] > 0) {
          totals[ids[i]] += values[i];
          sums.merge((long) ids[i] << Integer.SIZE | kinds[at], values[i], Double::sum);
        }
      }
    }
    int[] mostly = new int[features];
    double[] most = new double[features];
    Arrays.fill(mostly, -1);
    sums.forEach((key, sum) -> {
      int feature = (int) (key >> Integer.SIZE);
      int kind = key.intValue();
      boolean more = sum > most[feature] || (sum == most[feature] && kind < mostly[feature]);
      if (more && sum >= share * totals[feature]) {
        most[feature] = sum;
        mostly[feature] = kind;
      }
    });
    return mostly;
  }

  /** A table of given values, for those who have them all. */
  public static ActivationTable dense(double[][] activations, int length) {
    Builder builder = new Builder(length, activations[0].length);
    for (double[] position : activations) {
      for (int feature = 0; feature < position.length; feature++) {
        builder.add(feature, position[feature]);
      }
      builder.endPosition();
    }
    return builder.build();
  }

  /** Collects entries, position after position, features in any order within one. */
  public static final class Builder {
    private final int length;
    private final int features;
    private int[] starts = new int[256];
    private int positions;
    private int[] ids = new int[1024];
    private double[] values = new double[1024];
    private int count;

    /**
     * @param length positions of each text
     */
    public Builder(int length, int features) {
      this.length = length;
      this.features = features;
    }

    /** Adds an activation to the position at hand; one of 0 is not kept. */
    public void add(int feature, double value) {
      if (value == 0) {
        return;
      }
      if (count == ids.length) {
        int longer = Math.addExact(count, Math.max(1024, count / 2));
        ids = Arrays.copyOf(ids, longer);
        values = Arrays.copyOf(values, longer);
      }
      ids[count] = feature;
      values[count++] = value;
    }

    /** The next entries belong to the next position. */
    public void endPosition() {
      positions++;
      if (positions == starts.length) {
        starts = Arrays.copyOf(starts, Math.multiplyExact(positions, 2));
      }
      starts[positions] = count;
    }

    /**
     * @throws IllegalStateException if the last text is not complete
     */
    public ActivationTable build() {
      if (positions % length != 0) {
        throw new IllegalStateException(positions + " positions are no texts of " + length);
      }
      return new ActivationTable(
          length,
          features,
          Arrays.copyOf(starts, positions + 1),
          Arrays.copyOf(ids, count),
          Arrays.copyOf(values, count));
    }
  }
}
