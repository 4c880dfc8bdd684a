package dev.loupe.instrument.trace;

import dev.loupe.model.Hooks;
import dev.loupe.model.ModelWeights;
import dev.loupe.model.Site;
import dev.loupe.model.Tap;
import dev.loupe.model.TokenBatch;
import dev.loupe.model.Transformer;
import dev.loupe.model.run.BlockWalk;
import dev.loupe.model.run.FrozenRun;
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
    try (var _ = NativeScope.open()) {
      Slopes slopes = new Slopes(neurons, effects, direction, at);
      for (int layer = model.config().layers() - 1; layer >= 0; layer--) {
        try (var _ = NativeScope.open()) {
          slopes.back(layer);
        }
      }
    }
    return effects;
  }

  /** Reads off the slope of each neuron on the way down. */
  private final class Slopes extends BlockWalk {
    private final List<Node.Feature> neurons;
    private final double[] effects;
    private final int at;
    private final Tensor gradient;

    Slopes(List<Node.Feature> neurons, double[] effects, Tensor direction, int at) {
      super(AblationCheck.this.model, run);
      this.neurons = neurons;
      this.effects = effects;
      this.at = at;
      Tensor start = linear.throughFinalNorm(direction.unsqueeze(0), at);
      this.gradient = Tensor.zeros(start.dtype(), at + 1L, 1, model.config().dModel());
      gradient.select(0, at).copyInPlace(start);
    }

    @Override
    protected List<Tensor> gradients() {
      return List.of(gradient);
    }

    @Override
    protected void throughMlp(int layer, ModelWeights.Layer parts) {
      Tensor byPost = linear.intoMlpOut(layer, parts, gradient).matmul(parts.mlp().down().weight());
      int[] here =
          IntStream.range(0, effects.length)
              .filter(i -> neurons.get(i).layer() == layer && neurons.get(i).position() <= at)
              .toArray();
      int width = model.config().dMlp();
      int[] places =
          Arrays.stream(here)
              .map(i -> neurons.get(i).position() * width + neurons.get(i).unit())
              .toArray();
      double[] slopes =
          byPost.reshape(byPost.count()).indexSelect(0, Tensor.indices(places)).toDoubles();
      for (int i = 0; i < here.length; i++) {
        effects[here[i]] = -slopes[i] * neurons.get(here[i]).activation();
      }
      Tensor passed =
          linear.throughNeuronsInPlace(layer, parts, byPost, Tensor.zeros(gradient.dtype(), 1));
      join(mlpSource(layer), () -> gradient.plusInPlace(passed));
    }
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
