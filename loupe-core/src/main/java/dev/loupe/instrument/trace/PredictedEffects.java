package dev.loupe.instrument.trace;

import dev.loupe.dictionary.LocalReplacement;
import dev.loupe.model.ModelWeights;
import dev.loupe.model.Transformer;
import dev.loupe.model.run.BlockWalk;
import dev.loupe.model.run.FrozenNeurons;
import dev.loupe.model.run.FrozenRun;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What the frozen model predicts that ablating a unit does to the first explained logit, over all
 * paths: patterns, norm denominators and gains stay as they are.
 */
final class PredictedEffects {
  private PredictedEffects() {}

  /** By node of the graph; 0 for all but features. */
  static double[] of(
      Transformer model,
      FrozenRun run,
      @Nullable LocalReplacement replacement,
      LogitTargets targets,
      AttributionGraph graph) {
    int[] features =
        IntStream.range(0, graph.nodes().size())
            .filter(node -> graph.nodes().get(node) instanceof Node.Feature)
            .toArray();
    double[] effects = new double[graph.nodes().size()];
    if (replacement != null) {
      double[] all = byEdges(graph);
      Arrays.stream(features).forEach(node -> effects[node] = all[node]);
      return effects;
    }
    List<Node.Feature> neurons =
        Arrays.stream(features).mapToObj(node -> (Node.Feature) graph.nodes().get(node)).toList();
    try (var _ = NativeScope.open()) {
      double[] predicted =
          ofNeurons(model, run, neurons, targets.directions().select(0, 0), run.length() - 1);
      for (int i = 0; i < features.length; i++) {
        effects[features[i]] = predicted[i];
      }
    }
    return effects;
  }

  /**
   * By the graph alone: an edge's weight is passed on in proportion to the target's value. Ways
   * through features that are not listed are missing.
   */
  static double[] byEdges(AttributionGraph graph) {
    double[] effects = new double[graph.nodes().size()];
    boolean isFirst = true;
    for (int target : new NodeInfluence(graph).targets()) {
      double slope;
      if (graph.nodes().get(target) instanceof Node.Logit) {
        slope = isFirst ? -1 : 0;
        isFirst = false;
      } else {
        slope = effects[target] / Node.targetValue(graph.nodes().get(target));
      }
      for (int source = 0; source < effects.length && slope != 0; source++) {
        effects[source] += slope * graph.edges().weight(target, source);
      }
    }
    return effects;
  }

  /**
   * One backward pass through attention and neurons alike, each neuron passing on its fixed gain:
   * ways through neurons that are not listed are counted too.
   *
   * @param direction of the explained logit {@code [d_embedding]}
   */
  static double[] ofNeurons(
      Transformer model, FrozenRun run, List<Node.Feature> neurons, Tensor direction, int at) {
    double[] effects = new double[neurons.size()];
    try (var _ = NativeScope.open()) {
      Slopes slopes = new Slopes(model, run, neurons, effects, direction, at);
      for (int layer = model.config().layers() - 1; layer >= 0; layer--) {
        try (var _ = NativeScope.open()) {
          slopes.back(layer);
        }
      }
    }
    return effects;
  }

  /** Reads off the slope of each neuron on the way down. */
  private static final class Slopes extends BlockWalk {
    private final List<Node.Feature> neurons;
    private final double[] effects;
    private final int at;
    private final Tensor gradient;

    Slopes(
        Transformer model,
        FrozenRun run,
        List<Node.Feature> neurons,
        double[] effects,
        Tensor direction,
        int at) {
      super(model, run);
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
      FrozenNeurons frozen = linear.neurons(layer, parts);
      Tensor byPost = frozen.byUnits(linear.intoMlpOut(layer, parts, gradient), 0);
      int[] here =
          IntStream.range(0, effects.length)
              .filter(i -> neurons.get(i).layer() == layer && neurons.get(i).position() <= at)
              .toArray();
      int width = parts.mlp().units();
      int[] places =
          Arrays.stream(here)
              .map(i -> neurons.get(i).position() * width + neurons.get(i).unit())
              .toArray();
      double[] slopes =
          byPost.reshape(byPost.count()).indexSelect(0, Tensor.indices(places)).toDoubles();
      for (int i = 0; i < here.length; i++) {
        effects[here[i]] = -slopes[i] * neurons.get(here[i]).activation();
      }
      Tensor constants = Tensor.zeros(gradient.dtype(), 1);
      Tensor passed = linear.throughNeuronsInPlace(layer, parts, frozen, byPost, constants);
      join(mlpSource(layer), () -> gradient.plusInPlace(passed));
    }
  }
}
