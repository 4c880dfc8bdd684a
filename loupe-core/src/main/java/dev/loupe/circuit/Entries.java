package dev.loupe.circuit;

import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.WeightedRows;
import java.util.Arrays;

/** What a layer of features adds at each of its targets in some runs, feature by feature. */
final class Entries {
  private int[] features = new int[1024];
  private double[] weights = new double[1024];
  private long[] owners = new long[1024];
  private final long[] starts;
  private int count;

  Entries(int cells) {
    this.starts = new long[cells];
  }

  void begin(int cell) {
    starts[cell] = count;
  }

  void add(int cell, int feature, double weight) {
    if (weight == 0) {
      return;
    }
    if (count == features.length) {
      int longer = Math.multiplyExact(count, 2);
      features = Arrays.copyOf(features, longer);
      weights = Arrays.copyOf(weights, longer);
      owners = Arrays.copyOf(owners, longer);
    }
    features[count] = feature;
    weights[count] = weight;
    owners[count] = cell;
    count++;
  }

  /** The features that occur, rising. */
  int[] distinct() {
    return Arrays.stream(features, 0, count).sorted().distinct().toArray();
  }

  /** The sums over rows of these features. */
  WeightedRows sums(int[] distinct) {
    long[] rows =
        Arrays.stream(features, 0, count)
            .mapToLong(feature -> Arrays.binarySearch(distinct, feature))
            .toArray();
    return new WeightedRows(
        Tensor.of(rows, count),
        Tensor.of(starts, starts.length),
        Tensor.of(Arrays.copyOf(owners, count), count));
  }

  Tensor weights() {
    return Tensor.of(Arrays.copyOf(weights, count), count);
  }
}
