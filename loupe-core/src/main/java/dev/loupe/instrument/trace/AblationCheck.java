package dev.loupe.instrument.trace;

import dev.loupe.model.Hooks;
import dev.loupe.model.ModelConfig;
import dev.loupe.model.ModelWeights;
import dev.loupe.model.Site;
import dev.loupe.model.Tap;
import dev.loupe.model.TokenBatch;
import dev.loupe.model.Transformer;
import dev.loupe.model.frozen.FrozenLinear;
import dev.loupe.model.frozen.FrozenRun;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Tests a graph's claims by intervention: what the frozen model predicts that setting a neuron to
 * zero does to the first explained logit, over all paths, compared with what it does in the real
 * model.
 */
final class AblationCheck {
  /** Tokens run in one batch at most, which bounds memory. */
  private static final int TOKENS_AT_ONCE = 4096;

  private final Transformer model;
  private final FrozenRun run;

  AblationCheck(Transformer model, FrozenRun run) {
    this.model = model;
    this.run = run;
  }

  /**
   * Both effects for each neuron, in logits.
   *
   * @param direction of the explained logit {@code [d_embedding]}
   */
  List<Effect> of(List<Node.Feature> neurons, Tensor direction, int at) {
    double[] predicted = predicted(neurons, direction, at);
    double[] measured = measured(neurons, direction, at);
    return IntStream.range(0, neurons.size())
        .mapToObj(i -> new Effect(neurons.get(i), predicted[i], measured[i]))
        .toList();
  }

  /**
   * Changes of the logit when a neuron is set to zero: by the frozen model, and in the real one.
   */
  record Effect(Node.Feature neuron, double predicted, double measured) {}

  /**
   * One backward pass through attention and neurons alike, each neuron passing on its fixed gain.
   */
  double[] predicted(List<Node.Feature> neurons, Tensor direction, int at) {
    double[] effects = new double[neurons.size()];
    FrozenLinear linear = new FrozenLinear(model, run);
    ModelConfig config = model.config();
    try (var _ = NativeScope.open()) {
      Tensor start = linear.throughFinalNorm(direction.unsqueeze(0), at);
      Tensor gradient = Tensor.zeros(start.dtype(), at + 1L, 1, config.dModel());
      gradient.select(0, at).copyInPlace(start);
      for (int layer = config.layers() - 1; layer >= 0; layer--) {
        try (var _ = NativeScope.open()) {
          int layerNow = layer;
          ModelWeights.Layer parts = model.weights().layer(layer);
          Tensor inside = linear.intoResidPost(layer, parts, gradient);
          Tensor byPost =
              linear.intoMlpOut(layer, parts, inside).matmul(parts.mlp().down().weight());
          int[] here =
              IntStream.range(0, effects.length)
                  .filter(
                      i -> neurons.get(i).layer() == layerNow && neurons.get(i).position() <= at)
                  .toArray();
          int[] places =
              Arrays.stream(here)
                  .map(i -> neurons.get(i).position() * config.dMlp() + neurons.get(i).unit())
                  .toArray();
          double[] slopes =
              byPost.reshape(byPost.count()).indexSelect(0, Tensor.indices(places)).toDoubles();
          for (int i = 0; i < here.length; i++) {
            effects[here[i]] = -slopes[i] * neurons.get(here[i]).activation();
          }
          Tensor throughNeurons =
              linear.throughNeuronsInPlace(layer, parts, byPost, Tensor.zeros(start.dtype(), 1));
          gradient.copyInPlace(inside);
          boolean sequential = config.block() == ModelConfig.Block.SEQUENTIAL;
          if (sequential) {
            gradient.plusInPlace(throughNeurons);
          }
          linear.throughAttentionInPlace(layer, parts, List.of(gradient), false);
          if (!sequential) {
            gradient.plusInPlace(throughNeurons);
          }
        }
      }
    }
    return effects;
  }

  private double[] measured(List<Node.Feature> neurons, Tensor direction, int at) {
    int atOnce = Math.max(1, TOKENS_AT_ONCE / run.length());
    double[] effects = new double[neurons.size()];
    double base = run(List.of(), direction, at)[0];
    for (int from = 0; from < effects.length; from += atOnce) {
      int to = Math.min(effects.length, from + atOnce);
      double[] logits = run(neurons.subList(from, to), direction, at);
      for (int i = from; i < to; i++) {
        effects[i] = logits[i - from] - base;
      }
    }
    return effects;
  }

  /**
   * The logit with each neuron set to zero in its own row of one batch; without any, the plain run.
   */
  private double[] run(List<Node.Feature> neurons, Tensor direction, int at) {
    int[] ids = Arrays.copyOf(run.ids(), at + 1);
    List<int[]> copies = new ArrayList<>();
    Hooks hooks = Hooks.NONE;
    for (int i = 0; i < Math.max(1, neurons.size()); i++) {
      copies.add(ids);
      if (i < neurons.size()) {
        int row = i;
        Node.Feature neuron = neurons.get(i);
        hooks =
            hooks.and(
                Hooks.replace(
                    new Tap(Site.MLP_POST, neuron.layer()),
                    post -> {
                      Tensor changed = post.copy();
                      changed
                          .select(0, row)
                          .select(0, neuron.position())
                          .slice(0, neuron.unit(), neuron.unit() + 1L)
                          .fillInPlace(0);
                      return changed;
                    }));
      }
    }
    try (var _ = NativeScope.open()) {
      Tensor hidden = model.hidden(TokenBatch.of(copies.toArray(int[][]::new)), hooks, null);
      return hidden.select(1, at).matmul(direction).toDoubles();
    }
  }
}
