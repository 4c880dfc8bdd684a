package dev.loupe.instrument.study;

import dev.loupe.dictionary.FeatureBasis;
import dev.loupe.dictionary.FeatureId;
import dev.loupe.instrument.study.YearGraph.LayerEdges;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/**
 * Which features carry the year at the last position. A feature's strength is how much it carries
 * from YY to the years: the part of its activation that comes from the position of YY over all
 * paths, times its edges to the logits of the years, root mean square over the years (minus their
 * mean), mean over the prompts.
 */
final class FeatureRanking {
  private final Map<Integer, double[]> strengths = new HashMap<>();
  private final Map<Integer, int[]> active = new HashMap<>();
  private int prompts;

  FeatureRanking(FeatureBasis basis) {
    for (int layer : basis.layers()) {
      strengths.put(layer, new double[basis.features(layer)]);
      active.put(layer, new int[basis.features(layer)]);
    }
  }

  /** Adds the edges of one prompt. */
  void add(List<LayerEdges> edges) {
    prompts++;
    for (LayerEdges layer : edges) {
      double[] sums = strengths.getOrDefault(layer.layer(), new double[0]);
      int[] counts = active.getOrDefault(layer.layer(), new int[0]);
      for (int i = 0; i < layer.features().length; i++) {
        sums[layer.features()[i]] += Math.abs(layer.fromYear()[i]) * spread(layer.perUnit()[i]);
        counts[layer.features()[i]]++;
      }
    }
  }

  /** The standard deviation. */
  static double spread(float[] values) {
    double mean = 0;
    for (float value : values) {
      mean += value / values.length;
    }
    double squares = 0;
    for (float value : values) {
      squares += (value - mean) * (value - mean) / values.length;
    }
    return Math.sqrt(squares);
  }

  /**
   * A feature with its rank criteria.
   *
   * @param strength logits
   * @param active share of the prompts in which it is active
   */
  record Ranked(FeatureId unit, double strength, double active) {}

  /** The strongest features, at most this many; none that never carries anything. */
  List<Ranked> top(int most) {
    List<Ranked> all = new ArrayList<>();
    strengths.forEach((layer, sums) -> {
      int[] counts = active.getOrDefault(layer, new int[0]);
      for (int feature = 0; feature < sums.length; feature++) {
        if (sums[feature] > 0) {
          all.add(
              new Ranked(
                  new FeatureId(layer, feature),
                  sums[feature] / prompts,
                  (double) counts[feature] / prompts));
        }
      }
    });
    all.sort(
        Comparator.comparingDouble((Ranked each) -> -each.strength())
            .thenComparingInt(each -> each.unit().layer())
            .thenComparingInt(each -> each.unit().feature()));
    return List.copyOf(all.subList(0, Math.min(most, all.size())));
  }

  /** How many features are active in some prompt. */
  int everActive() {
    return (int)
        active.values().stream()
            .mapToLong(counts -> Arrays.stream(counts).filter(n -> n > 0).count())
            .sum();
  }

  /**
   * Random features of the same position, drawn without replacement with chances in proportion to
   * the number of prompts in which they are active (Efraimidis and Spirakis 2006).
   *
   * @param without features that are not drawn
   */
  List<FeatureId> random(int count, Set<FeatureId> without, Random random) {
    record Keyed(FeatureId unit, double key) {}
    List<Keyed> keyed = new ArrayList<>();
    active.keySet().stream()
        .sorted()
        .forEach(layer -> {
          int[] counts = active.getOrDefault(layer, new int[0]);
          for (int feature = 0; feature < counts.length; feature++) {
            FeatureId unit = new FeatureId(layer, feature);
            if (counts[feature] > 0 && !without.contains(unit)) {
              keyed.add(new Keyed(unit, Math.log(random.nextDouble()) / counts[feature]));
            }
          }
        });
    keyed.sort(Comparator.comparingDouble(each -> -each.key()));
    return keyed.stream().limit(count).map(Keyed::unit).toList();
  }
}
