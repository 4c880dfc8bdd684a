package dev.loupe.instrument.trace;

import dev.loupe.dictionary.FeatureBasis;
import dev.loupe.dictionary.FeatureChange;
import dev.loupe.dictionary.FeatureHooks;
import dev.loupe.model.TokenBatch;
import dev.loupe.model.Transformer;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/**
 * Tests a graph's claims about a dictionary's features: the effect of ablating a feature on the
 * first explained logit that the graph predicts over all its paths, compared with the effect in the
 * real model, nothing frozen, errors in place.
 */
final class FeatureAblation {
  private final Transformer model;
  private final FeatureBasis basis;
  private final int[] ids;

  /**
   * @param ids of the prompt up to the explained position
   */
  FeatureAblation(Transformer model, FeatureBasis basis, int... ids) {
    this.model = model;
    this.basis = basis;
    this.ids = ids.clone();
  }

  /**
   * Changes of the first logit when each node is ablated, by the graph alone: an edge's weight is
   * passed on in proportion to the target's value. Ways through features that are not listed are
   * missing.
   */
  static double[] predicted(AttributionGraph graph) {
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
   * Changes of the logit in the real model.
   *
   * @param direction of the explained logit {@code [d_embedding]}
   */
  double[] measured(List<Node.Feature> features, Tensor direction) {
    int count = features.size();
    List<List<FeatureChange>> rows = new ArrayList<>();
    for (Node.Feature feature : features) {
      rows.add(
          List.of(
              FeatureChange.at(
                  feature.layer(),
                  feature.position(),
                  feature.unit(),
                  new FeatureChange.Action.Add(-feature.activation()))));
    }
    rows.add(List.of()); // the last one stays as it is
    try (var _ = NativeScope.open()) {
      TokenBatch copies = TokenBatch.of(Collections.nCopies(count + 1, ids).toArray(int[][]::new));
      Tensor hidden = model.hidden(copies, FeatureHooks.eachFree(model, basis, rows), null);
      double[] logits = hidden.select(1, ids.length - 1L).matmul(direction).toDoubles();
      return Arrays.stream(logits, 0, count).map(logit -> logit - logits[count]).toArray();
    }
  }
}
