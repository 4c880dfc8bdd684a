package dev.loupe.dictionary.training;

import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.WeightedRows;
import java.util.Arrays;

/**
 * The features of a batch that matter, position after position, and the same entries feature after
 * feature.
 */
final class Active {
  private final int positions;
  private final int features;
  private final int[] starts;
  private int[] ids = new int[1024];
  private int count;
  private int position;

  /** None yet. */
  Active(int positions, int features) {
    this.positions = positions;
    this.features = features;
    this.starts = new int[positions + 1];
  }

  void add(int feature) {
    if (count == ids.length) {
      ids = Arrays.copyOf(ids, Math.multiplyExact(count, 2));
    }
    ids[count++] = feature;
  }

  void endPosition() {
    starts[++position] = count;
  }

  /** How many entries. */
  int count() {
    return count;
  }

  /** The feature of an entry. */
  int feature(int entry) {
    return ids[entry];
  }

  /** Those entries for which {@code kept} holds. */
  Active only(boolean[] kept) {
    Active chosen = new Active(positions, features);
    for (int at = 0; at < positions; at++) {
      for (int entry = starts[at]; entry < starts[at + 1]; entry++) {
        if (kept[entry]) {
          chosen.add(ids[entry]);
        }
      }
      chosen.endPosition();
    }
    return chosen;
  }

  /**
   * The same entries where feature {@code i} is called {@code names[i]}.
   *
   * @param all how many features there are then
   */
  Active renamed(int[] names, int all) {
    Active renamed = new Active(positions, all);
    for (int at = 0; at < positions; at++) {
      for (int entry = starts[at]; entry < starts[at + 1]; entry++) {
        renamed.add(names[ids[entry]]);
      }
      renamed.endPosition();
    }
    return renamed;
  }

  /** The indices of the entries in {@code [positions, n_features]}, row after row, int64. */
  Tensor places() {
    long[] places = new long[count];
    for (int at = 0; at < positions; at++) {
      for (int entry = starts[at]; entry < starts[at + 1]; entry++) {
        places[entry] = (long) at * features + ids[entry];
      }
    }
    return Tensor.of(places, count);
  }

  /** Sums over the features of each position: tables have a row a feature. */
  WeightedRows byPosition() {
    long[] rows = new long[count];
    long[] owners = new long[count];
    long[] begins = new long[positions];
    for (int at = 0; at < positions; at++) {
      begins[at] = starts[at];
      for (int entry = starts[at]; entry < starts[at + 1]; entry++) {
        rows[entry] = ids[entry];
        owners[entry] = at;
      }
    }
    return new WeightedRows(
        Tensor.of(rows, count), Tensor.of(begins, positions), Tensor.of(owners, count));
  }

  /**
   * Sums over the positions of each feature: tables have a row per position.
   *
   * @param sums the sums
   * @param order the entry of each of their rows, int64
   */
  record ByFeature(WeightedRows sums, Tensor order) {}

  /** Sums over the positions of each feature. */
  ByFeature byFeature() {
    int[] next = new int[features + 1];
    for (int entry = 0; entry < count; entry++) {
      next[ids[entry] + 1]++;
    }
    long[] begins = new long[features];
    for (int feature = 0; feature < features; feature++) {
      next[feature + 1] += next[feature];
      begins[feature] = next[feature];
    }
    long[] rows = new long[count];
    long[] owners = new long[count];
    long[] order = new long[count];
    for (int at = 0; at < positions; at++) {
      for (int entry = starts[at]; entry < starts[at + 1]; entry++) {
        int to = next[ids[entry]]++;
        rows[to] = at;
        owners[to] = ids[entry];
        order[to] = entry;
      }
    }
    return new ByFeature(
        new WeightedRows(
            Tensor.of(rows, count), Tensor.of(begins, features), Tensor.of(owners, count)),
        Tensor.of(order, count));
  }
}
