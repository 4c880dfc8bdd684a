package dev.loupe.dictionary;

import dev.loupe.model.Hooks;
import dev.loupe.model.Site;
import dev.loupe.model.Tap;
import dev.loupe.model.TokenBatch;
import dev.loupe.model.Transformer;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Everything that a basis can say ablated to its mean over reference texts, but for some features:
 * each MLP neuron to its mean activation, or the value where a dictionary writes, errors included,
 * to its mean value, to which the kept features add by how much they differ from their own means.
 * Means are over all positions but the first of each text, which often is an attention sink.
 */
public final class MeanAblation {
  private final Transformer model;
  private final Optional<? extends FeatureBasis> basis;

  /** At each place that is ablated: {@code [d_mlp]} or {@code [d_model]}. */
  private final Map<Tap, double[]> means = new HashMap<>();

  /** Mean activation of each feature of a dictionary, by layer. */
  private final Map<Integer, double[]> activations = new HashMap<>();

  private int positions;

  /**
   * Means over some texts.
   *
   * @param basis of the features; the model's own neurons when empty
   * @param texts token ids
   * @throws IllegalArgumentException if no text has a second token
   */
  public MeanAblation(
      Transformer model, Optional<? extends FeatureBasis> basis, List<int[]> texts) {
    this.model = model;
    this.basis = basis;
    for (List<int[]> group : TokenBatch.sameLength(texts, ChangedRuns.TOKENS_AT_ONCE)) {
      int length = group.getFirst().length;
      if (length > 1) {
        add(group);
        positions += group.size() * (length - 1);
      }
    }
    if (positions == 0) {
      throw new IllegalArgumentException("no reference text has a second token");
    }
    means.values().forEach(this::divide);
    activations.values().forEach(this::divide);
  }

  private void divide(double[] sums) {
    for (int i = 0; i < sums.length; i++) {
      sums[i] /= positions;
    }
  }

  private void add(List<int[]> texts) {
    Hooks hooks = Hooks.NONE;
    for (Tap place : places()) {
      hooks = hooks.and(Hooks.observe(place, value -> add(place, value)));
    }
    if (basis.isPresent()) {
      FeatureBasis features = basis.get();
      for (int layer : features.layers()) {
        hooks =
            hooks.and(
                Hooks.observe(features.reads(layer), value -> addFeatures(features, layer, value)));
      }
    }
    try (var _ = NativeScope.open()) {
      model.observe(TokenBatch.of(texts.toArray(int[][]::new)), hooks);
    }
  }

  /** Where values are ablated. */
  private List<Tap> places() {
    List<Tap> places = new ArrayList<>();
    if (basis.isPresent()) {
      basis.get().layers().forEach(layer -> places.add(basis.get().writes(layer).getFirst()));
    } else {
      for (int layer = 0; layer < model.config().layers(); layer++) {
        places.add(new Tap(Site.MLP_POST, layer));
      }
    }
    return places;
  }

  private void add(Tap place, Tensor value) {
    try (var _ = NativeScope.open()) {
      double[] sum = value.slice(1, 1, value.size(1)).sum(false, 0, 1).toDoubles();
      double[] all = means.computeIfAbsent(place, _ -> new double[sum.length]);
      Arrays.setAll(all, i -> all[i] + sum[i]);
    }
  }

  private void addFeatures(FeatureBasis features, int layer, Tensor value) {
    try (var _ = NativeScope.open()) {
      double[] all = activations.computeIfAbsent(layer, _ -> new double[features.features(layer)]);
      Tensor followed = value.slice(1, 1, value.size(1)).contiguous();
      SparseActivations active =
          features.encode(
              layer, followed.reshape(followed.count() / followed.size(2), followed.size(2)));
      for (int i = 0; i < active.count(); i++) {
        all[active.feature(i)] += active.value(i);
      }
    }
  }

  /** Over how many positions the means are. */
  public int positions() {
    return positions;
  }

  /**
   * The hooks of a batch.
   *
   * @param kept the features that each row keeps as they come out in its own run, at positions of
   *     that run
   */
  public Hooks hooks(List<List<FeatureAt>> kept) {
    return basis.map(each -> features(each, kept)).orElseGet(() -> neurons(kept));
  }

  private Hooks neurons(List<List<FeatureAt>> kept) {
    Hooks hooks = Hooks.NONE;
    for (Tap place : places()) {
      hooks = hooks.and(Hooks.replace(place, post -> neurons(place, post, kept)));
    }
    return hooks;
  }

  private Tensor neurons(Tap place, Tensor post, List<List<FeatureAt>> kept) {
    int units = post.size(2);
    List<Integer> indices = new ArrayList<>();
    for (int row = 0; row < kept.size(); row++) {
      for (FeatureAt each : kept.get(row)) {
        if (each.layer() == place.layer()) {
          indices.add((row * post.size(1) + each.position()) * units + each.feature());
        }
      }
    }
    Tensor ablated = mean(place, post);
    if (!indices.isEmpty()) {
      try (var _ = NativeScope.open()) {
        Tensor at = Tensor.indices(indices.stream().mapToInt(Integer::intValue).toArray());
        Tensor flat = ablated.reshape(ablated.count());
        Tensor live = post.contiguous().reshape(post.count()).indexSelect(0, at);
        flat.scatterPlusInPlace(0, at, live.minus(flat.indexSelect(0, at)));
      }
    }
    return ablated;
  }

  /** The mean at every row and position, writable. */
  private Tensor mean(Tap place, Tensor like) {
    double[] mean = Objects.requireNonNull(means.get(place), () -> "no mean at " + place);
    return Tensor.of(mean, mean.length).to(like.dtype()).expand(like.shape()).copy();
  }

  private Hooks features(FeatureBasis features, List<List<FeatureAt>> kept) {
    Map<Integer, Tensor> inputs = new TreeMap<>();
    Map<Tap, List<Added>> pending = new HashMap<>();
    Hooks hooks = Hooks.NONE;
    for (int layer : features.layers()) {
      hooks = hooks.and(Hooks.observe(features.reads(layer), value -> inputs.put(layer, value)));
    }
    for (int layer : features.layers()) {
      Tap place = features.writes(layer).getFirst();
      hooks =
          hooks.and(
              Hooks.replace(
                  place,
                  value -> {
                    Tensor input = Objects.requireNonNull(inputs.get(layer));
                    write(features, layer, input, kept, pending);
                    return features(place, value, pending.remove(place));
                  }));
    }
    return hooks;
  }

  /** What kept features of a layer add at a place, on the host. */
  @SuppressWarnings("ArrayRecordComponent") // handed from one hook to the next, never compared
  private record Added(int[] cells, double[] vectors) {}

  private void write(
      FeatureBasis features,
      int layer,
      Tensor input,
      List<List<FeatureAt>> kept,
      Map<Tap, List<Added>> pending) {
    int length = input.size(1);
    Map<Integer, List<Integer>> byCell = new TreeMap<>();
    for (int row = 0; row < kept.size(); row++) {
      for (FeatureAt each : kept.get(row)) {
        if (each.layer() == layer) {
          byCell
              .computeIfAbsent(row * length + each.position(), _ -> new ArrayList<>())
              .add(each.feature());
        }
      }
    }
    if (byCell.isEmpty()) {
      return;
    }
    int[] cells = byCell.keySet().stream().mapToInt(Integer::intValue).toArray();
    int[] numbers =
        byCell.values().stream()
            .flatMap(List::stream)
            .mapToInt(Integer::intValue)
            .sorted()
            .distinct()
            .toArray();
    double[] mean = Objects.requireNonNull(activations.get(layer));
    try (var _ = NativeScope.open()) {
      double[] live =
          features.activations(
              layer,
              input
                  .reshape(input.count() / input.size(2), input.size(2))
                  .indexSelect(0, Tensor.indices(cells)),
              numbers);
      double[] deltas = new double[cells.length * numbers.length];
      int cell = 0;
      for (List<Integer> each : byCell.values()) {
        for (int feature : each) {
          int at = cell * numbers.length + Arrays.binarySearch(numbers, feature);
          deltas[at] = live[at] - mean[feature];
        }
        cell++;
      }
      Tensor all = Tensor.of(deltas, cells.length, numbers.length).to(features.dtype());
      for (Tap place : features.writes(layer)) {
        double[] vectors = all.matmul(features.decoderRows(layer, place, numbers)).toDoubles();
        pending.computeIfAbsent(place, _ -> new ArrayList<>()).add(new Added(cells, vectors));
      }
    }
  }

  private Tensor features(Tap place, Tensor value, @Nullable List<Added> added) {
    Tensor ablated = mean(place, value);
    if (added != null) {
      try (var _ = NativeScope.open()) {
        int width = ablated.size(2);
        Tensor flat = ablated.reshape(ablated.count() / width, width);
        for (Added each : added) {
          long count = each.cells().length;
          flat.addRowsInPlace(
              Tensor.indices(each.cells()),
              Tensor.of(each.vectors(), count, width).to(flat.dtype()));
        }
      }
    }
    return ablated;
  }
}
