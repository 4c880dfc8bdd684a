package dev.loupe.instrument.trace;

import dev.loupe.dictionary.FeatureAt;
import dev.loupe.dictionary.LocalReplacement;
import dev.loupe.dictionary.SparseActivations;
import dev.loupe.model.ModelWeights;
import dev.loupe.model.Tap;
import dev.loupe.model.Transformer;
import dev.loupe.model.run.FrozenLinear;
import dev.loupe.model.run.FrozenRun;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The units that were active in a run, listed or not, with the norm of what each writes:
 * |activation| · ‖decoder row‖, over all places that it writes to.
 */
final class ActiveUnits {
  private final Transformer model;
  private final FrozenRun run;
  private final @Nullable LocalReplacement replacement;

  /** Norms of decoder rows by layer; of a dictionary those of its active features. */
  private final Map<Integer, double[]> norms = new HashMap<>();

  private final Map<Integer, Map<Integer, List<Written>>> places = new HashMap<>();
  private final Map<FeatureAt, Double> byUnit = new HashMap<>();

  ActiveUnits(Transformer model, FrozenRun run, @Nullable LocalReplacement replacement) {
    this.model = model;
    this.run = run;
    this.replacement = replacement;
  }

  /** A unit, and the norm of what it writes. */
  record Written(FeatureAt unit, double norm) {}

  /** The active units of a layer at a position, by rising norm. */
  List<Written> at(int layer, int position) {
    return places
        .computeIfAbsent(layer, _ -> new HashMap<>())
        .computeIfAbsent(
            position,
            _ -> replacement == null ? neurons(layer, position) : features(layer, position));
  }

  /** The norm of what a unit writes, 0 if it is not active. */
  double norm(FeatureAt unit) {
    at(unit.layer(), unit.position());
    return byUnit.getOrDefault(unit, 0.0);
  }

  private List<Written> neurons(int layer, int position) {
    double[] held;
    try (var _ = NativeScope.open()) {
      ModelWeights.Layer parts = model.weights().layer(layer);
      held =
          new FrozenLinear(model, run)
              .neurons(layer, parts, position, position + 1)
              .activation()
              .toDoubles();
    }
    int[] active = IntStream.range(0, held.length).filter(unit -> held[unit] != 0).toArray();
    double[] columns = columnNorms(layer, active);
    List<Written> written = new ArrayList<>();
    for (int unit : active) {
      written.add(
          new Written(FeatureAt.of(layer, unit, position), Math.abs(held[unit]) * columns[unit]));
    }
    return sorted(written);
  }

  /** Norms of what active units write, the others' as they come: a mixture has units unread. */
  private double[] columnNorms(int layer, int[] active) {
    double[] known =
        norms.computeIfAbsent(
            layer,
            _ -> {
              double[] none = new double[model.config().units(layer)];
              Arrays.fill(none, Double.NaN);
              return none;
            });
    int[] missing = Arrays.stream(active).filter(unit -> Double.isNaN(known[unit])).toArray();
    if (missing.length > 0) {
      try (var _ = NativeScope.open()) {
        Tensor rows = model.weights().layer(layer).mlp().decoders(missing); // [n, d_model]
        double[] made = rows.square().sum(false, 1).sqrt().toDoubles();
        for (int i = 0; i < missing.length; i++) {
          known[missing[i]] = made[i];
        }
      }
    }
    return known;
  }

  private List<Written> features(int layer, int position) {
    LocalReplacement features = Objects.requireNonNull(replacement);
    SparseActivations active = features.active(layer);
    double[] rows = norms.computeIfAbsent(layer, each -> rowNorms(features, each));
    List<Written> written = new ArrayList<>();
    for (int i = active.start(position); i < active.start(position + 1); i++) {
      int feature = active.feature(i);
      written.add(
          new Written(
              FeatureAt.of(layer, feature, position), Math.abs(active.value(i)) * rows[feature]));
    }
    return sorted(written);
  }

  private static double[] rowNorms(LocalReplacement features, int layer) {
    int[] active = features.active(layer).features(0, features.active(layer).count()).toArray();
    int[] distinct = Arrays.stream(active).sorted().distinct().toArray();
    double[] norms = new double[features.basis().features(layer)];
    if (distinct.length == 0) {
      return norms;
    }
    try (var _ = NativeScope.open()) {
      double[] sums = new double[distinct.length];
      for (Tap place : features.basis().writes(layer)) {
        double[] squares =
            features.basis().decoderRows(layer, place, distinct).square().sum(false, 1).toDoubles();
        for (int i = 0; i < sums.length; i++) {
          sums[i] += squares[i];
        }
      }
      for (int i = 0; i < sums.length; i++) {
        norms[distinct[i]] = Math.sqrt(sums[i]);
      }
    }
    return norms;
  }

  private List<Written> sorted(List<Written> written) {
    written.forEach(each -> byUnit.put(each.unit(), each.norm()));
    written.sort(Comparator.comparingDouble(Written::norm).thenComparing(Written::unit));
    return List.copyOf(written);
  }
}
