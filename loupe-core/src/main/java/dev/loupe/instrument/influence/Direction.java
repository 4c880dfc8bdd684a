package dev.loupe.instrument.influence;

import dev.loupe.job.Run;
import dev.loupe.model.training.BlockMap;
import dev.loupe.model.training.SequenceGradients;
import dev.loupe.tensor.Tensor;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Directions in the weights of a network along which documents are scored: a query's
 * inverse-Hessian-vector product, or what a checkpoint brings to it. Scores along several sum.
 *
 * @param products by map, {@code [query, out, in + 1]}
 */
record Direction(SequenceGradients network, Map<BlockMap, Tensor> products) {
  /** That of the first query, {@code [out, in + 1]}. */
  Map<BlockMap, Tensor> first() {
    Map<BlockMap, Tensor> first = new LinkedHashMap<>();
    products.forEach((map, each) -> first.put(map, each.select(0, 0)));
    return first;
  }

  /** The first query's scores by position, over all directions. */
  static double[] byToken(List<Direction> directions, Sequence sequence) {
    double[] sums = new double[sequence.tokens().length];
    for (Direction each : directions) {
      double[] part = new Scorer(each.network).byToken(sequence, each.first());
      Arrays.setAll(sums, t -> sums[t] + part[t]);
    }
    return sums;
  }

  /**
   * Scores by the first direction's products and then others of its network; the scores along the
   * other directions are added to those of the products.
   *
   * @param others of the first direction's network, by map, {@code [other, out, in + 1]}
   */
  static Scorer.Scores score(
      List<Direction> directions, Map<BlockMap, Tensor> others, List<Sequence> sequences, Run run) {
    Direction own = directions.getFirst();
    Map<BlockMap, Tensor> both = new LinkedHashMap<>();
    own.products.forEach((map, product) ->
        both.put(map, Tensor.cat(List.of(product, CurvatureFit.of(others, map)), 0)));
    Scorer.Scores sums = new Scorer(own.network).score(sequences, both, run);
    for (Direction each : directions.subList(1, directions.size())) {
      sums.add(new Scorer(each.network).score(sequences, each.products, run));
    }
    return sums;
  }
}
