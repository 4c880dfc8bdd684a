package dev.loupe.circuit;

import dev.loupe.dictionary.FeatureAt;
import dev.loupe.dictionary.FeatureBasis;
import dev.loupe.fault.LoupeException;
import dev.loupe.model.Hooks;
import dev.loupe.model.Site;
import dev.loupe.model.Tap;
import dev.loupe.model.TokenBatch;
import dev.loupe.model.Transformer;
import dev.loupe.model.run.TapGradients;
import dev.loupe.task.Metric;
import dev.loupe.task.TokenPair;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import dev.loupe.tensor.WeightedRows;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * The gradient of a pair's metric by what stands at each place that features write to, of which
 * scores to first order are made: a node whose activation changes by δ changes the metric by δ · Σ
 * decoder row · gradient, over the places it writes to. Owns native memory.
 */
public final class Slopes implements AutoCloseable {
  /** A product of matrices is so much faster, a number, than products of single rows. */
  private static final int DENSE = 8;

  private final FeatureBasis basis;

  /** By target: {@code [pos, d_model]}. */
  private final Map<Tap, Tensor> gradients = new LinkedHashMap<>();

  private Slopes(FeatureBasis basis) {
    this.basis = basis;
  }

  /** The targets of all layers. */
  private static Set<Tap> targets(FeatureBasis basis) {
    Set<Tap> targets = new LinkedHashSet<>();
    basis.layers().forEach(layer -> targets.addAll(basis.writes(layer)));
    return targets;
  }

  /**
   * Gradients in the unmodified model's run over the clean prompt (attribution patching).
   *
   * @param own the model's own logits after the clean prompt
   */
  public static Slopes clean(
      Transformer model, FeatureBasis basis, TokenPair pair, Metric metric, double[] own) {
    return of(
        model,
        basis,
        pair,
        metric,
        own,
        hooks -> {
          TokenBatch tokens = TokenBatch.of(pair.clean());
          return model.hidden(model.embed(tokens), tokens, hooks, null);
        });
  }

  /**
   * Gradients averaged over runs whose token embeddings go from the corrupted prompt's to the clean
   * one's, k/N of the way for k = 0 … N − 1, so the corrupted end is in and the clean one is not
   * (Hanna et al. 2024, EAP-IG-inputs).
   */
  public static Slopes alongInputs(
      Transformer model,
      FeatureBasis basis,
      TokenPair pair,
      Metric metric,
      double[] own,
      int steps) {
    return of(
        model,
        basis,
        pair,
        metric,
        own,
        hooks -> {
          Tensor clean = model.embed(TokenBatch.of(pair.clean()));
          Tensor other = model.embed(TokenBatch.of(pair.twin()));
          List<Tensor> points =
              IntStream.range(0, steps)
                  .mapToObj(k -> other.plus(clean.minus(other).times((double) k / steps)))
                  .toList();
          return model.hidden(Tensor.cat(points, 0), copies(pair, steps), hooks, null);
        });
  }

  /**
   * Gradients averaged over runs in which features and errors of one whole layer go from the clean
   * run's to the reference's, each layer by itself (Marks et al. 2024). The basis must be a cut of
   * the stream: features at the stream after each of its blocks.
   *
   * @param points how far towards the reference, such as 0, .1, … .9
   * @throws LoupeException if the basis is no cut
   */
  public static Slopes alongLayers(
      Transformer model,
      FeatureBasis basis,
      TokenPair pair,
      Metric metric,
      double[] own,
      Reference reference,
      double[] points) {
    if (!isCut(basis)) {
      throw LoupeException.badInput(
          "these features do not cut the stream: attention and the stream itself pass by them, and"
              + " no path replaces a whole layer",
          "Choose SAEs at the stream after each block, or rank by attribution, inputs or exact"
              + " effects.");
    }
    Slopes slopes = new Slopes(basis);
    boolean whole = false;
    Map<Tap, Tensor> streams = new LinkedHashMap<>();
    try (var _ = NativeScope.open()) {
      Hooks reading = Hooks.NONE;
      for (int layer : basis.layers()) {
        Tap place = basis.writes(layer).getFirst();
        reading =
            reading.and(Hooks.observe(place, value -> streams.put(place, value.copy().retain())));
      }
      model.observe(TokenBatch.of(pair.clean()), reading);
      for (int layer : basis.layers()) {
        Tap place = basis.writes(layer).getFirst();
        Tensor clean = Objects.requireNonNull(streams.get(place));
        Tensor other =
            reference
                .decoded(place)
                .plus(basis.bias(layer))
                .plus(reference.error(place))
                .expand(clean.size(1), clean.size(2))
                .unsqueeze(0);
        List<Tensor> path =
            Arrays.stream(points)
                .mapToObj(t -> clean.times(1 - t).plus(other.to(clean.dtype()).times(t)))
                .toList();
        Tensor leaf = Tensor.cat(path, 0).copy().requiringGradient();
        Tensor hidden =
            model.onward(layer + 1, leaf, copies(pair, points.length), Hooks.NONE, null);
        backward(model, hidden, pair, metric, own);
        slopes.gradients.put(place, leaf.gradient().mean(false, 0).retain());
      }
      whole = true;
      return slopes;
    } finally {
      streams.values().forEach(Tensor::close);
      if (!whole) {
        slopes.close();
      }
    }
  }

  private static TokenBatch copies(TokenPair pair, int count) {
    return TokenBatch.of(Collections.nCopies(count, pair.clean()).toArray(int[][]::new));
  }

  /** Hidden states of some runs, given hooks. */
  private interface Forward {
    Tensor hidden(Hooks hooks);
  }

  private static Slopes of(
      Transformer model,
      FeatureBasis basis,
      TokenPair pair,
      Metric metric,
      double[] own,
      Forward forward) {
    Slopes slopes = new Slopes(basis);
    slopes.gradients.putAll(
        TapGradients.of(
            targets(basis),
            hooks -> backward(model, forward.hidden(hooks), pair, metric, own),
            gradient -> gradient.mean(false, 0)));
    return slopes;
  }

  /** The sum of the metric over the runs of a batch, backwards. */
  private static void backward(
      Transformer model, Tensor hidden, TokenPair pair, Metric metric, double[] own) {
    Tensor last = hidden.slice(1, hidden.size(1) - 1L, hidden.size(1));
    Tensor logits = model.unembed(last);
    double[] values = logits.toDoubles();
    int width = values.length / hidden.size(0);
    double[] slopes = new double[values.length];
    for (int row = 0; row < hidden.size(0); row++) {
      double[] each = Arrays.copyOfRange(values, row * width, (row + 1) * width);
      System.arraycopy(metric.slope(each, pair, own), 0, slopes, row * width, width);
    }
    logits.times(Tensor.of(slopes, logits.shape()).to(logits.dtype())).sum().backward();
  }

  /**
   * By how much the metric changes, to first order, with each unit of a node's activation.
   *
   * @return in the order of the nodes
   */
  public double[] of(Collection<FeatureAt> nodes) {
    List<FeatureAt> all = List.copyOf(nodes);
    double[] slopes = new double[all.size()];
    Map<Integer, List<Integer>> byLayer = new TreeMap<>();
    for (int i = 0; i < slopes.length; i++) {
      byLayer.computeIfAbsent(all.get(i).layer(), _ -> new ArrayList<>()).add(i);
    }
    byLayer.forEach((layer, numbers) -> {
      double[] found = of(layer, numbers.stream().map(all::get).toList());
      for (int i = 0; i < found.length; i++) {
        slopes[numbers.get(i)] = found[i];
      }
    });
    return slopes;
  }

  private double[] of(int layer, List<FeatureAt> nodes) {
    int[] features = nodes.stream().mapToInt(FeatureAt::feature).sorted().distinct().toArray();
    Tensor first = gradients.get(basis.writes(layer).getFirst());
    int positions = first == null ? 0 : first.size(0);
    if ((long) nodes.size() * DENSE >= (long) positions * features.length) {
      return dense(layer, nodes, features, positions);
    }
    Integer[] order = new Integer[nodes.size()];
    Arrays.setAll(order, i -> i);
    Arrays.sort(order, (a, b) -> Integer.compare(nodes.get(a).position(), nodes.get(b).position()));
    long[] rows = new long[order.length];
    long[] owners = new long[order.length];
    long[] starts = new long[positions];
    Arrays.fill(starts, order.length);
    for (int i = order.length - 1; i >= 0; i--) {
      FeatureAt node = nodes.get(order[i]);
      rows[i] = Arrays.binarySearch(features, node.feature());
      owners[i] = node.position();
      starts[node.position()] = i;
    }
    for (int position = positions - 2; position >= 0; position--) {
      starts[position] = Math.min(starts[position], starts[position + 1]);
    }
    double[] slopes = new double[order.length];
    try (var _ = NativeScope.open()) {
      WeightedRows pairs =
          new WeightedRows(
              Tensor.of(rows, rows.length),
              Tensor.of(starts, starts.length),
              Tensor.of(owners, owners.length));
      Tensor sum = Tensor.zeros(basis.dtype(), order.length);
      for (Tap target : basis.writes(layer)) {
        Tensor gradient = gradient(target).to(basis.dtype()).contiguous();
        sum.plusInPlace(pairs.products(basis.decoderRows(layer, target, features), gradient));
      }
      double[] sorted = sum.toDoubles();
      for (int i = 0; i < order.length; i++) {
        slopes[order[i]] = sorted[i];
      }
    }
    return slopes;
  }

  /** Of every feature at every position, where nearly all are asked for, as of neurons. */
  private double[] dense(int layer, List<FeatureAt> nodes, int[] features, int positions) {
    try (var _ = NativeScope.open()) {
      Tensor sum = Tensor.zeros(basis.dtype(), positions, features.length);
      for (Tap target : basis.writes(layer)) {
        Tensor gradient = gradient(target).to(basis.dtype());
        sum.plusInPlace(gradient.linear(basis.decoderRows(layer, target, features), null));
      }
      double[] all = sum.toDoubles();
      return nodes.stream()
          .mapToDouble(node ->
              all[
                  node.position() * features.length
                      + Arrays.binarySearch(features, node.feature())])
          .toArray();
    }
  }

  /** The gradient by what stands at a target, {@code [pos, d_model]}. */
  Tensor gradient(Tap target) {
    return Objects.requireNonNull(gradients.get(target), () -> "no gradient at " + target);
  }

  /**
   * What attribution gives each node: (ã − a) · slope, the change of the metric to first order when
   * it is ablated; negative where it helps.
   */
  public double[] effects(Collection<FeatureAt> nodes, PromptRun clean, Reference reference) {
    double[] effects = of(nodes);
    int i = 0;
    for (FeatureAt node : nodes) {
      effects[i] *= reference.value(node) - clean.at(node);
      i++;
    }
    return effects;
  }

  /**
   * As {@link #effects} of the error nodes: (ε̃ − ε) · gradient at each layer's own target, {@code
   * [layer · pos]}.
   *
   * @param own the clean run's own values, as a reference
   */
  public double[] errorEffects(Reference own, Reference reference) {
    List<double[]> effects = new ArrayList<>();
    try (var _ = NativeScope.open()) {
      for (int layer : basis.layers()) {
        Tap target = basis.writes(layer).getFirst();
        Tensor change = reference.error(target).minus(own.error(target));
        effects.add(change.times(gradient(target).to(basis.dtype())).sum(false, 1).toDoubles());
      }
    }
    return effects.stream().flatMapToDouble(Arrays::stream).toArray();
  }

  /** Whether features at the stream after each block are all of it, so that nothing passes by. */
  public static boolean isCut(FeatureBasis basis) {
    return basis.layers().stream()
        .allMatch(layer ->
            basis.reads(layer).site() == Site.RESID_POST
                && basis.writes(layer).equals(List.of(basis.reads(layer))));
  }

  @Override
  public void close() {
    gradients.values().forEach(Tensor::close);
    gradients.clear();
  }
}
