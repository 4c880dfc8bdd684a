package dev.loupe.circuit;

import dev.loupe.dictionary.FeatureAt;
import dev.loupe.dictionary.FeatureBasis;
import dev.loupe.dictionary.SparseActivations;
import dev.loupe.fault.LoupeException;
import dev.loupe.model.Hooks;
import dev.loupe.model.TokenBatch;
import dev.loupe.model.Transformer;
import dev.loupe.tensor.NativeScope;
import java.util.Arrays;
import java.util.Collections;
import java.util.Map;
import java.util.Objects;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The model's own run over a prompt, in features; data of the host.
 *
 * @param ids of the prompt
 * @param active features by layer
 * @param logits after the last token, {@code [d_vocab]}
 */
@SuppressWarnings("ArrayRecordComponent") // handed from one step to the next, never compared
public record PromptRun(int[] ids, Map<Integer, SparseActivations> active, double[] logits) {
  public PromptRun {
    active = Collections.unmodifiableMap(new TreeMap<>(active));
  }

  /** Runs a prompt. */
  public static PromptRun of(Transformer model, FeatureBasis basis, int[] ids) {
    Map<Integer, SparseActivations> active = new TreeMap<>();
    Hooks hooks = Hooks.NONE;
    for (int layer : basis.layers()) {
      hooks =
          hooks.and(
              Hooks.observe(
                  basis.reads(layer),
                  value -> active.put(layer, basis.encode(layer, value.select(0, 0)))));
    }
    try (var _ = NativeScope.open()) {
      double[] logits =
          model
              .unembed(
                  model
                      .hidden(TokenBatch.of(ids), hooks, null)
                      .slice(1, ids.length - 1L, ids.length))
              .toDoubles();
      return new PromptRun(ids, active, logits);
    }
  }

  /**
   * Checks a model's own logits.
   *
   * @throws LoupeException if one is no finite number
   */
  static void requireFinite(double[] logits) {
    if (Arrays.stream(logits).anyMatch(logit -> !Double.isFinite(logit))) {
      throw LoupeException.badInput(
          "the model's logits are not finite", "Run it in float32, and check its weights.");
    }
  }

  /** The active features of a layer. */
  public SparseActivations active(int layer) {
    return Objects.requireNonNull(active.get(layer), () -> "layer " + layer + " has no features");
  }

  /** The activation of a feature at a position, 0 where it is not active. */
  public double at(FeatureAt node) {
    return active(node.layer()).at(node.position(), node.feature());
  }

  /** The active features at all positions, by layer, position and number. */
  public SortedSet<FeatureAt> nodes() {
    SortedSet<FeatureAt> nodes = new TreeSet<>();
    active.forEach((layer, each) -> {
      for (int position = 0; position < each.positions(); position++) {
        for (int i = each.start(position); i < each.start(position + 1); i++) {
          nodes.add(FeatureAt.of(layer, each.feature(i), position));
        }
      }
    });
    return nodes;
  }
}
