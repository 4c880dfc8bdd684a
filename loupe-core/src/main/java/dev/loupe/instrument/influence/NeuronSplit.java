package dev.loupe.instrument.influence;

import dev.loupe.model.training.BlockMap;
import dev.loupe.model.training.SequenceGradients;
import dev.loupe.tensor.DType;
import dev.loupe.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A document's influence split over the neurons through which it acts. Influence is the inner
 * product of a direction X and the document's gradient {@code Σ_t g_t a_tᵀ}; a neuron has its row
 * of the maps that it reads ({@code mlp_up}, {@code mlp_gate}) and its column of the one that it
 * writes ({@code mlp_down}), so that nothing is counted twice and, with what lies outside of
 * neurons, nothing is left out.
 */
final class NeuronSplit {
  private final SortedMap<Integer, double[]> byLayer = new TreeMap<>();
  private double outside;

  private NeuronSplit() {}

  /**
   * Of one sequence.
   *
   * @param directions whose scores sum
   * @param most neurons that are named
   */
  static AskReport.ByNeuron of(List<Direction> directions, Sequence sequence, int most) {
    NeuronSplit split = new NeuronSplit();
    for (Direction each : directions) {
      SequenceGradients network = each.network();
      Map<BlockMap, Tensor> first = each.first();
      network.ofTruth(
          List.of(sequence.tokens()),
          List.of(sequence.counts()),
          first.keySet(),
          (map, a, g) ->
              split.add(
                  map,
                  network.size(map),
                  CurvatureFit.of(first, map),
                  a.select(0, 0),
                  g.select(0, 0)));
    }
    return split.largest(most);
  }

  private void add(
      BlockMap map, SequenceGradients.MapSize size, Tensor direction, Tensor a, Tensor g) {
    switch (map.kind()) {
      case MLP_UP, MLP_GATE ->
          neurons(map.layer(), sums(g.times(a.matmul(direction.transpose(0, 1)))));
      case MLP_DOWN -> {
        double[] columns = sums(a.times(g.matmul(direction)));
        neurons(map.layer(), Arrays.copyOf(columns, size.inputs()));
        // The bias's column belongs to no neuron.
        outside += Arrays.stream(columns, size.inputs(), columns.length).sum();
      }
      default -> outside += Arrays.stream(sums(a.times(g.matmul(direction)))).sum();
    }
  }

  private static double[] sums(Tensor byPosition) {
    return byPosition.to(DType.F64).sum(false, 0).toDoubles();
  }

  private void neurons(int layer, double[] parts) {
    double[] sums = byLayer.computeIfAbsent(layer, _ -> new double[parts.length]);
    Arrays.setAll(sums, n -> sums[n] + parts[n]);
  }

  private AskReport.ByNeuron largest(int most) {
    List<AskReport.OfNeuron> all = new ArrayList<>();
    byLayer.forEach((layer, parts) -> {
      for (int n = 0; n < parts.length; n++) {
        all.add(new AskReport.OfNeuron(layer, n, parts[n]));
      }
    });
    all.sort(Comparator.comparingDouble(each -> -Math.abs(each.influence())));
    int named = Math.min(most, all.size());
    return new AskReport.ByNeuron(
        all.subList(0, named),
        all.stream().skip(named).mapToDouble(AskReport.OfNeuron::influence).sum(),
        outside);
  }
}
