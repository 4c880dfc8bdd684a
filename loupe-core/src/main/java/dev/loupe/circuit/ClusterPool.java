package dev.loupe.circuit;

import dev.loupe.dictionary.SparseActivations;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;

/**
 * Positions of prompts from which the values of omitted features are drawn: of those positions that
 * are nearest by the features that are kept, so that ablation leaves what these already say
 * (cluster resampling, as in the gpt-circuits application). The values of one position go together.
 */
final class ClusterPool {
  /** Runs of a circuit over a prompt, whose probabilities are averaged. */
  static final int SAMPLES = 8;

  /** Positions from which one is drawn, and at most what share of all. */
  private static final int NEAREST = 256;

  private static final int SHARE = 16;

  /** The weight of the distance between positions in the first layer; it falls to 0 in the last. */
  private static final double POSITION = 2;

  /** A feature's activations in the pool, each over the largest: rising places and their values. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Postings(int[] cells, double[] values, double largest) {}

  private final List<PromptRun> runs;
  private final List<Integer> layers;
  private final int[] promptOf;
  private final int[] positionOf;
  private final int longest;
  private final long seed;
  private final Map<Integer, Map<Integer, Postings>> byLayer = new HashMap<>();

  ClusterPool(List<PromptRun> runs, long seed) {
    this.runs = List.copyOf(runs);
    this.layers = List.copyOf(runs.getFirst().active().keySet());
    this.seed = seed;
    this.longest = runs.stream().mapToInt(run -> run.ids().length).max().orElseThrow();
    int count = runs.stream().mapToInt(run -> run.ids().length).sum();
    this.promptOf = new int[count];
    this.positionOf = new int[count];
    int cell = 0;
    for (int prompt = 0; prompt < runs.size(); prompt++) {
      for (int position = 0; position < runs.get(prompt).ids().length; position++) {
        promptOf[cell] = prompt;
        positionOf[cell] = position;
        cell++;
      }
    }
    layers.forEach(layer -> byLayer.put(layer, postings(layer)));
  }

  private Map<Integer, Postings> postings(int layer) {
    Map<Integer, List<Integer>> cells = new HashMap<>();
    for (int cell = 0; cell < promptOf.length; cell++) {
      int at = cell;
      each(
          layer,
          cell,
          (feature, _) -> cells.computeIfAbsent(feature, _ -> new ArrayList<>()).add(at));
    }
    Map<Integer, Postings> all = new HashMap<>();
    cells.forEach((feature, some) -> {
      double[] values = some.stream().mapToDouble(cell -> value(layer, cell, feature)).toArray();
      double largest = Arrays.stream(values).map(Math::abs).max().orElseThrow();
      all.put(
          feature,
          new Postings(
              some.stream().mapToInt(Integer::intValue).toArray(),
              Arrays.stream(values).map(value -> value / largest).toArray(),
              largest));
    });
    return all;
  }

  private SparseActivations active(int layer, int cell) {
    return runs.get(promptOf[cell]).active(layer);
  }

  /** Receives a feature and its activation. */
  interface Use {
    void take(int feature, double value);
  }

  /** The activations at a place of the pool. */
  void each(int layer, int cell, Use use) {
    SparseActivations active = active(layer, cell);
    for (int i = active.start(positionOf[cell]); i < active.start(positionOf[cell] + 1); i++) {
      use.take(active.feature(i), active.value(i));
    }
  }

  double value(int layer, int cell, int feature) {
    return active(layer, cell).at(positionOf[cell], feature);
  }

  /**
   * A place of the pool, one of the nearest; the same for the same sample, layer and position,
   * whichever circuit is run.
   *
   * @param kept features of the layer that follow the run there
   * @param own their activations in the run
   */
  int draw(int sample, int layer, int position, BitSet kept, IntToDoubleFunction own) {
    int[] nearest = nearest(layer, position, kept, own);
    long key = ((seed * 31 + sample) * 31 + layer) * 31 + position;
    return nearest[new SplittableRandom(key).nextInt(nearest.length)];
  }

  /**
   * The nearest places, by the mean square of what differs, each feature over its largest value.
   */
  int[] nearest(int layer, int position, BitSet kept, IntToDoubleFunction own) {
    double[] distances = new double[promptOf.length];
    int depth = layers.indexOf(layer);
    double weight = layers.size() == 1 ? 0 : POSITION * (1 - depth / (layers.size() - 1.0));
    for (int cell = 0; cell < distances.length; cell++) {
      double apart = weight * (positionOf[cell] - position) / longest;
      distances[cell] = apart * apart;
    }
    Map<Integer, Postings> postings = Objects.requireNonNull(byLayer.get(layer));
    for (int f = kept.nextSetBit(0); f >= 0; f = kept.nextSetBit(f + 1)) {
      Postings of = postings.get(f);
      if (of == null) {
        continue; // 0 everywhere in the pool: as far from each place
      }
      double here = own.applyAsDouble(f) / of.largest();
      for (int i = 0; i < of.cells().length; i++) {
        double there = of.values()[i];
        distances[of.cells()[i]] += there * (there - 2 * here);
      }
    }
    int count = Math.clamp(distances.length / SHARE, 1, NEAREST);
    double[] rising = distances.clone();
    Arrays.sort(rising);
    double last = rising[count - 1];
    return IntStream.concat(
            IntStream.range(0, distances.length).filter(cell -> distances[cell] < last),
            IntStream.range(0, distances.length).filter(cell -> distances[cell] == last))
        .limit(count)
        .toArray();
  }

  /** The logarithm of the mean of probabilities, of the logits of several runs. */
  static double[] mean(double[][] logits) {
    double[] mean = new double[logits[0].length];
    for (double[] each : logits) {
      double largest = Arrays.stream(each).max().orElseThrow();
      double sum = Arrays.stream(each).map(logit -> Math.exp(logit - largest)).sum();
      Arrays.setAll(mean, i -> mean[i] + Math.exp(each[i] - largest) / (sum * logits.length));
    }
    return Arrays.stream(mean).map(Math::log).toArray();
  }
}
