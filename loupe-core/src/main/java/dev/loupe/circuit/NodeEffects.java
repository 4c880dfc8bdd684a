package dev.loupe.circuit;

import dev.loupe.dictionary.FeatureAt;
import dev.loupe.dictionary.FeatureBasis;
import dev.loupe.model.Hooks;
import dev.loupe.model.KeyValueCache;
import dev.loupe.model.Site;
import dev.loupe.model.Tap;
import dev.loupe.model.TokenBatch;
import dev.loupe.model.Transformer;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.LongConsumer;
import java.util.function.ToDoubleFunction;

/**
 * What ablating one node at a time does in the model's own run: its activation is set to the
 * reference value and all that follows is computed anew; the errors of its layer and everything
 * before stay. Many nodes of one layer and position go through the rest of the model in one batch,
 * and read what lies before from the run's keys and values. Owns native memory.
 */
public final class NodeEffects implements AutoCloseable {
  /** Tokens run in one batch, which bounds memory. */
  private static final int TOKENS_AT_ONCE = 2048;

  private final Transformer model;
  private final FeatureBasis basis;
  private final int[] ids;
  private final KeyValueCache prefix;

  /** By layer what enters it: {@code [1, pos, d_model]}. */
  private final Map<Integer, Tensor> entering = new HashMap<>();

  /** Runs the clean prompt. */
  public NodeEffects(Transformer model, FeatureBasis basis, int[] ids) {
    this.model = model;
    this.basis = basis;
    this.ids = ids.clone();
    this.prefix = new KeyValueCache(model.config().layers());
    prefix.expect(ids.length);
    boolean whole = false;
    try (var _ = NativeScope.open()) {
      Hooks hooks = Hooks.NONE;
      int layers = model.config().layers();
      for (int layer = 0; layer < layers; layer++) {
        int number = layer;
        hooks =
            hooks.and(
                Hooks.observe(
                    new Tap(Site.RESID_PRE, layer),
                    value -> entering.put(number, value.copy().retain())));
      }
      hooks =
          hooks.and(
              Hooks.observe(
                  new Tap(Site.RESID_POST, layers - 1),
                  value -> entering.put(layers, value.copy().retain())));
      model.hidden(TokenBatch.of(ids), hooks, prefix);
      whole = true;
    } finally {
      if (!whole) {
        close();
      }
    }
  }

  /**
   * What is asked of the logits after the last token, with each node ablated by itself.
   *
   * @param asked of logits {@code [d_vocab]}, which are not kept
   * @param done receives how many nodes have been run
   */
  public double[] values(
      List<FeatureAt> nodes,
      PromptRun clean,
      Reference reference,
      ToDoubleFunction<double[]> asked,
      LongConsumer done) {
    Map<FeatureAt, List<Integer>> groups = new TreeMap<>();
    for (int i = 0; i < nodes.size(); i++) {
      FeatureAt node = nodes.get(i);
      groups
          .computeIfAbsent(FeatureAt.of(node.layer(), 0, node.position()), _ -> new ArrayList<>())
          .add(i);
    }
    double[] all = new double[nodes.size()];
    long run = 0;
    for (Map.Entry<FeatureAt, List<Integer>> group : groups.entrySet()) {
      int position = group.getKey().position();
      int atOnce = Math.max(1, TOKENS_AT_ONCE / (ids.length - position));
      List<Integer> numbers = group.getValue();
      for (int from = 0; from < numbers.size(); from += atOnce) {
        List<Integer> some = numbers.subList(from, Math.min(numbers.size(), from + atOnce));
        double[][] found =
            batch(
                group.getKey().layer(),
                position,
                some.stream().map(nodes::get).toList(),
                clean,
                reference);
        for (int i = 0; i < found.length; i++) {
          all[some.get(i)] = asked.applyAsDouble(found[i]);
        }
        run += some.size();
        done.accept(run);
      }
    }
    return all;
  }

  private double[][] batch(
      int layer, int position, List<FeatureAt> nodes, PromptRun clean, Reference reference) {
    int copies = nodes.size();
    int[] rest = Arrays.copyOfRange(ids, position, ids.length);
    TokenBatch tokens = TokenBatch.of(Collections.nCopies(copies, rest).toArray(int[][]::new));
    int[] features = nodes.stream().mapToInt(FeatureAt::feature).toArray();
    double[] deltas =
        nodes.stream().mapToDouble(node -> reference.value(node) - clean.at(node)).toArray();
    try (var _ = NativeScope.open()) {
      Tensor amounts = Tensor.of(deltas, copies, 1).to(basis.dtype());
      Map<Tap, Tensor> added = new HashMap<>();
      for (Tap target : basis.writes(layer)) {
        added.put(target, amounts.times(basis.decoderRows(layer, target, features)));
      }
      Tensor afterBlock = added.remove(new Tap(Site.RESID_POST, layer));
      int start = afterBlock == null ? layer : layer + 1;
      Tensor stream = Objects.requireNonNull(entering.get(start));
      Tensor streams =
          stream.slice(1, position, ids.length).expand(copies, rest.length, stream.size(2)).copy();
      if (afterBlock != null) {
        streams.select(1, 0).plusInPlace(afterBlock.to(streams.dtype()));
      }
      Hooks hooks = Hooks.NONE;
      for (Map.Entry<Tap, Tensor> each : added.entrySet()) {
        hooks =
            hooks.and(
                Hooks.replace(
                    each.getKey(),
                    value -> {
                      Tensor changed = value.copy();
                      changed.select(1, 0).plusInPlace(each.getValue().to(changed.dtype()));
                      return changed;
                    }));
      }
      try (KeyValueCache cache =
          start == model.config().layers() || position == 0
              ? new KeyValueCache(model.config().layers())
              : prefix.forked(start, position, copies, ids.length)) {
        Tensor hidden = model.onward(start, streams, tokens, hooks, cache);
        double[] flat = model.unembed(hidden.slice(1, rest.length - 1L, rest.length)).toDoubles();
        int width = flat.length / copies;
        double[][] logits = new double[copies][];
        Arrays.setAll(logits, row -> Arrays.copyOfRange(flat, row * width, (row + 1) * width));
        return logits;
      }
    }
  }

  @Override
  public void close() {
    prefix.close();
    entering.values().forEach(Tensor::close);
    entering.clear();
  }
}
