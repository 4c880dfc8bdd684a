package dev.loupe.instrument.features;

import dev.loupe.dictionary.SparseActivations;
import dev.loupe.instrument.features.TextPieces.Batch;
import dev.loupe.instrument.features.TextPieces.Piece;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Optional;

/** What is counted of the features of one layer while a corpus is read. */
final class LayerStatistics implements AutoCloseable {
  private final int features;
  private final IndexSettings settings;
  private final MemorySegment counts;
  private final MemorySegment sums;
  private final MemorySegment squares;
  private final MemorySegment histograms;
  private final ExampleSlots examples;
  private final Optional<NeuronCorrelations> neurons;
  private final Peaks high;
  private final Peaks low;

  /**
   * @param result columns of the finished index
   * @param state columns that only the reading needs
   */
  LayerStatistics(
      Columns result,
      Columns state,
      int layer,
      int features,
      Optional<Integer> neurons,
      IndexSettings settings) {
    String name = name(layer);
    this.features = features;
    this.settings = settings;
    this.counts = result.add(name + ".count", DType.I64, features);
    this.sums = result.add(name + ".sum", DType.F64, features);
    this.squares = result.add(name + ".squares", DType.F64, features);
    this.histograms = result.add(name + ".histogram", DType.I32, features, Histogram.BINS);
    this.examples = new ExampleSlots(result, name, features, settings);
    this.neurons =
        neurons.map(units -> new NeuronCorrelations(state, result, name, features, units));
    this.high = new Peaks(features);
    this.low = new Peaks(features);
  }

  /** How the columns of a layer begin. */
  static String name(int layer) {
    return "layer." + layer;
  }

  /** Bytes of one feature in the finished index, correlations left out. */
  static long bytes(IndexSettings settings) {
    return 24 + 4L * Histogram.BINS + ExampleSlots.bytes(settings);
  }

  /** Adds what the layer did in a batch. */
  void add(Batch batch, SparseActivations active, Tensor units) {
    for (int row = 0; row < batch.pieces().size(); row++) {
      Piece piece = batch.pieces().get(row);
      int first = row * batch.width();
      for (int t = 1; t < piece.length(); t++) {
        for (int i = active.start(first + t); i < active.start(first + t + 1); i++) {
          add(active.feature(i), (float) active.value(i), t);
        }
      }
      offer(piece, first, batch.rows()[row], active);
    }
    neurons.ifPresent(sum -> sum.add(active, batch.counted(), units));
  }

  private void add(int feature, float value, int position) {
    plus(sums, feature, value);
    plus(squares, feature, (double) value * value);
    if (value > 0) {
      counts.setAtIndex(
          ValueLayout.JAVA_LONG, feature, counts.getAtIndex(ValueLayout.JAVA_LONG, feature) + 1);
      long bin = (long) feature * Histogram.BINS + Histogram.bin(value);
      int before = histograms.getAtIndex(ValueLayout.JAVA_INT, bin);
      histograms.setAtIndex(ValueLayout.JAVA_INT, bin, Math.addExact(before, 1));
      high.see(feature, value, position);
    } else {
      low.see(feature, -value, position);
    }
  }

  private static void plus(MemorySegment column, int at, double value) {
    column.setAtIndex(
        ValueLayout.JAVA_DOUBLE, at, column.getAtIndex(ValueLayout.JAVA_DOUBLE, at) + value);
  }

  private void offer(Piece piece, int first, int[] row, SparseActivations active) {
    high.drain((feature, position) ->
        examples.offer(feature, candidate(piece, first, row, active, feature, position)));
    low.drain((feature, position) ->
        examples.offerLowest(feature, candidate(piece, first, row, active, feature, position)));
  }

  private ExampleSlots.Candidate candidate(
      Piece piece, int first, int[] row, SparseActivations active, int feature, int position) {
    int back = Math.min(settings.before(), position - 1);
    int ahead = Math.min(settings.after(), piece.length() - 1 - position);
    int key = 1;
    for (int t = position - back; t <= position; t++) {
      key = 31 * key + row[t];
    }
    return new ExampleSlots.Candidate(
        value(active, first + position, feature),
        piece.index(position),
        key,
        back,
        ahead,
        offset -> value(active, first + position + offset, feature));
  }

  /** A feature's activation at a position, by bisection. */
  static float value(SparseActivations active, int position, int feature) {
    int low = active.start(position);
    int high = active.start(position + 1) - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      int found = active.feature(middle);
      if (found == feature) {
        return (float) active.value(middle);
      }
      if (found < feature) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return 0;
  }

  /** Works out what follows from the sums. */
  void finish(long tokens) {
    neurons.ifPresent(sum ->
        sum.finish(
            tokens,
            sums.toArray(ValueLayout.JAVA_DOUBLE),
            squares.toArray(ValueLayout.JAVA_DOUBLE)));
  }

  /** Gives back what it holds beside the columns, which must still be there. */
  @Override
  public void close() {
    neurons.ifPresent(NeuronCorrelations::close);
  }

  /** n_features. */
  int features() {
    return features;
  }

  /** The largest value of each feature within one piece, and where it stands. */
  private static final class Peaks {
    private final float[] values;
    private final int[] positions;
    private final int[] seen;
    private int count;

    interface Use {
      void peak(int feature, int position);
    }

    Peaks(int features) {
      this.values = new float[features];
      this.positions = new int[features];
      this.seen = new int[features];
    }

    void see(int feature, float value, int position) {
      if (values[feature] == 0 && value > 0) {
        seen[count++] = feature;
      }
      if (value > values[feature]) {
        values[feature] = value;
        positions[feature] = position;
      }
    }

    /** Hands on all peaks, features rising, and forgets them. */
    void drain(Use use) {
      Arrays.sort(seen, 0, count);
      for (int i = 0; i < count; i++) {
        use.peak(seen[i], positions[seen[i]]);
        values[seen[i]] = 0;
      }
      count = 0;
    }
  }
}
