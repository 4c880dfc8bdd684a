package dev.loupe.instrument.trace;

import dev.loupe.dictionary.FeatureBasis;
import dev.loupe.dictionary.LocalReplacement;
import dev.loupe.dictionary.SparseActivations;
import dev.loupe.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The edges from the active features of one layer of a basis to all rows that they reach, complete
 * when the sweep has met every place that the layer writes to ({@link WrittenPlaces}).
 */
final class ActiveEdges implements EdgeSource {
  private final int layer;
  private final LocalReplacement replacement;
  private final FeatureBasis basis;
  private final SparseActivations active;
  private final List<TargetRow> rows;

  /** Sums up the edges into each row's remainder, to which held positions have been added. */
  ActiveEdges(int layer, LocalReplacement replacement, List<TargetRow> all) {
    this.layer = layer;
    this.replacement = replacement;
    this.basis = replacement.basis();
    this.active = replacement.active(layer);
    this.rows = all.stream().filter(row -> row.pending[layer] != null).toList();
    for (TargetRow row : rows) {
      float[] edges = row.pendingOf(layer);
      for (int position = replacement.held(); position <= row.position; position++) {
        float sum = 0;
        for (int i = active.start(position); i < active.start(position + 1); i++) {
          sum += edges[i];
        }
        row.remainder[layer][position] = sum;
      }
    }
  }

  /** The rows that some feature of the layer could reach. */
  List<TargetRow> rows() {
    return rows;
  }

  /** Lets go of the edges once those listed have been copied. */
  void release() {
    rows.forEach(row -> row.pending[layer] = null);
  }

  @Override
  public int size() {
    return active.count();
  }

  @Override
  public int position(int place) {
    int position = 0;
    while (active.start(position + 1) <= place) {
      position++;
    }
    return position;
  }

  @Override
  public int firstAt(int position) {
    return active.start(position);
  }

  @Override
  public int units(int position) {
    int units = replacement.activeAt(layer, position);
    // Where nothing is written in features something is held, active features or not.
    return position < replacement.held() ? Math.max(1, units) : units;
  }

  @Override
  public Node.Feature[] nodes(int[] places) {
    Node.Feature[] nodes = new Node.Feature[places.length];
    for (int i = 0; i < places.length; i++) {
      int place = places[i];
      double value = active.value(place);
      double read = active.preActivation(place);
      nodes[i] =
          new Node.Feature(
              layer,
              position(place),
              active.feature(place),
              (float) value,
              (float) read,
              (float) (value / read));
    }
    return nodes;
  }

  @Override
  public int[] candidates(int most, int first, double[] rates, double[] landed) {
    return IntStream.range(first, size()).toArray();
  }

  @Override
  public float[][] read(int[] places) {
    float[][] edges = new float[rows.size()][];
    for (int t = 0; t < edges.length; t++) {
      float[] all = rows.get(t).pendingOf(layer);
      edges[t] = places.length == all.length ? all : chosen(all, places);
    }
    return edges;
  }

  private static float[] chosen(float[] all, int[] places) {
    float[] chosen = new float[places.length];
    for (int i = 0; i < places.length; i++) {
      chosen[i] = all[places[i]];
    }
    return chosen;
  }

  @Override
  public void measureCancellation() {
    rows.stream()
        .filter(row -> row.node instanceof Node.Logit)
        .findFirst()
        .ifPresent(row -> {
          float[] masses = new float[row.position + 1];
          float[] edges = row.pendingOf(layer);
          for (int position = 0; position <= row.position; position++) {
            for (int i = active.start(position); i < active.start(position + 1); i++) {
              masses[position] += Math.abs(edges[i]);
            }
          }
          row.remainderMass[layer] = masses;
        });
  }

  @Override
  public Tensor encoders(int[] places) {
    return basis.encoderRows(layer, features(places));
  }

  @Override
  public Tensor encoderBiases(int[] places) {
    return basis.encoderBiases(layer, features(places));
  }

  private int[] features(int[] places) {
    return Arrays.stream(places).map(active::feature).toArray();
  }
}
