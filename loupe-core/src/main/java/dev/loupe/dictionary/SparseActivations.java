package dev.loupe.dictionary;

import dev.loupe.tensor.DType;
import dev.loupe.tensor.Tensor;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * The features that are active at each position of a prompt, position after position, features
 * rising within one. Data of the host: it outlives every native scope.
 */
public final class SparseActivations {
  private final int features;
  private final int[] starts;
  private final int[] ids;
  private final double[] values;
  private final double[] preActivations;

  private SparseActivations(
      int features, int[] starts, int[] ids, double[] values, double[] preActivations) {
    this.features = features;
    this.starts = starts;
    this.ids = ids;
    this.values = values;
    this.preActivations = preActivations;
  }

  /** How many positions. */
  public int positions() {
    return starts.length - 1;
  }

  /** n_features of the layer, active or not. */
  public int features() {
    return features;
  }

  /** n_active over all positions. */
  public int count() {
    return ids.length;
  }

  /** The index of a position's first entry; of the number of positions, {@link #count}. */
  public int start(int position) {
    return starts[position];
  }

  /** The feature of an entry. */
  public int feature(int index) {
    return ids[index];
  }

  /** The activation of an entry, never 0. */
  public double value(int index) {
    return values[index];
  }

  /** The pre-activation of an entry. */
  public double preActivation(int index) {
    return preActivations[index];
  }

  /** The activation of a feature at a position, 0 where it is not active. */
  public double at(int position, int feature) {
    int index = Arrays.binarySearch(ids, starts[position], starts[position + 1], feature);
    return index < 0 ? 0 : values[index];
  }

  /** The features of the entries {@code [from, to)}. */
  public IntStream features(int from, int to) {
    return Arrays.stream(ids, from, to);
  }

  /** All features with zeros where none is active: {@code [pos, n_features]}. */
  public Tensor dense(DType dtype) {
    double[] all = new double[Math.multiplyExact(positions(), features)];
    for (int position = 0; position < positions(); position++) {
      for (int i = start(position); i < start(position + 1); i++) {
        all[position * features + ids[i]] = values[i];
      }
    }
    return Tensor.of(all, positions(), features).to(dtype);
  }

  /** The same features with other pre-activations, each entry's gain as it is. */
  SparseActivations reading(double[] others) {
    double[] scaled = new double[others.length];
    for (int i = 0; i < others.length; i++) {
      // A neuron that reads exactly 0 writes nothing, and its gain is unknown.
      scaled[i] = preActivations[i] == 0 ? 0 : values[i] / preActivations[i] * others[i];
    }
    return new SparseActivations(features, starts, ids, scaled, others);
  }

  /** The same without the features of positions before {@code first}. */
  public SparseActivations from(int first) {
    Builder builder = new Builder(positions(), features);
    for (int position = 0; position < positions(); position++) {
      for (int i = start(position); i < start(position + 1) && position >= first; i++) {
        builder.add(ids[i], values[i], preActivations[i]);
      }
      builder.endPosition();
    }
    return builder.build();
  }

  /** Collects entries in their order. */
  static final class Builder {
    private final int features;
    private final int[] starts;
    private int position;
    private int count;
    private int[] ids = new int[64];
    private double[] values = new double[64];
    private double[] preActivations = new double[64];

    Builder(int positions, int features) {
      this.features = features;
      this.starts = new int[positions + 1];
    }

    void add(int feature, double value, double preActivation) {
      if (count == ids.length) {
        int longer = Math.multiplyExact(count, 2);
        ids = Arrays.copyOf(ids, longer);
        values = Arrays.copyOf(values, longer);
        preActivations = Arrays.copyOf(preActivations, longer);
      }
      ids[count] = feature;
      values[count] = value;
      preActivations[count] = preActivation;
      count++;
    }

    void endPosition() {
      position++;
      starts[position] = count;
    }

    SparseActivations build() {
      if (position != starts.length - 1) {
        throw new IllegalStateException(position + " of " + (starts.length - 1) + " positions");
      }
      return new SparseActivations(
          features,
          starts,
          Arrays.copyOf(ids, count),
          Arrays.copyOf(values, count),
          Arrays.copyOf(preActivations, count));
    }
  }
}
