package dev.loupe.instrument.trace;

import dev.loupe.dictionary.FeatureBasis;
import dev.loupe.dictionary.FeatureChange;
import dev.loupe.dictionary.FeatureHooks;
import dev.loupe.dictionary.Freezing;
import dev.loupe.dictionary.UnchangedRun;
import dev.loupe.model.Hooks;
import dev.loupe.model.TokenBatch;
import dev.loupe.model.Transformer;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Tests the edges of a graph by intervention: each of some features is ablated in its own run, and
 * the effect on every listed feature and logit is compared with its edges.
 */
final class EdgeCheck {
  /** Attention patterns that a check may hold, in elements. */
  private static final long MOST_PATTERN_ELEMENTS = 1L << 26;

  /** Scores, weights, and what they are replaced by. */
  private static final int PATTERNS_OF_A_ROW = 3;

  private final Transformer model;
  private final FeatureBasis basis;
  private final int[] ids;

  /**
   * @param ids of the prompt up to the explained position
   */
  EdgeCheck(Transformer model, FeatureBasis basis, int... ids) {
    this.model = model;
    this.basis = basis;
    this.ids = ids.clone();
  }

  /**
   * One edge, tested.
   *
   * @param predicted change of the target's value when the source is ablated: minus the edge
   * @param measured the change
   * @param scale what rounding is relative to: the largest edge of the source, or the target's own
   *     value where that is much larger
   */
  record Tested(double predicted, double measured, double scale) {
    double gap() {
      return Math.abs(predicted - measured) / scale;
    }
  }

  /** For how many features the patterns of all layers fit beside everything else. */
  static int affordable(int layers, int heads, int tokens) {
    long fit = MOST_PATTERN_ELEMENTS / ((long) heads * tokens * tokens);
    return Math.toIntExact(Math.max(0, fit - layers) / PATTERNS_OF_A_ROW);
  }

  /**
   * Ablates features one by one, in one batch.
   *
   * @param sources nodes of the graph
   * @param directions of its logits in order, {@code [target, d_embedding]}
   * @param freezing what is held fixed, in this order
   * @return for each freezing, all edges of the sources that the graph lists
   */
  List<List<Tested>> of(
      AttributionGraph graph, List<Integer> sources, Tensor directions, Freezing... freezing) {
    List<List<FeatureChange>> rows = new ArrayList<>();
    for (int source : sources) {
      Node.Feature feature = (Node.Feature) graph.nodes().get(source);
      rows.add(
          List.of(
              FeatureChange.at(
                  feature.layer(),
                  feature.position(),
                  feature.unit(),
                  new FeatureChange.Action.Set(0))));
    }
    rows.add(List.of()); // one more row stays as it is, so that what a batch rounds cancels
    List<List<Tested>> tested = new ArrayList<>();
    try (UnchangedRun unchanged = UnchangedRun.of(model, basis, Freezing.DIRECT, ids)) {
      for (Freezing each : freezing) {
        double[][] values = values(graph, directions, rows, each, unchanged);
        tested.add(compare(graph, sources, values));
      }
    }
    return tested;
  }

  private List<Tested> compare(AttributionGraph graph, List<Integer> sources, double[][] values) {
    double[] unchanged = values[sources.size()];
    List<Tested> tested = new ArrayList<>();
    for (int row = 0; row < sources.size(); row++) {
      int source = sources.get(row);
      double largest = 0;
      for (int target = 0; target < unchanged.length; target++) {
        largest = Math.max(largest, graph.edges().mass(target, source));
      }
      for (int target = 0; target < unchanged.length; target++) {
        float edge = graph.edges().weight(target, source);
        if (edge != 0) {
          double scale = Math.max(largest, 1e-2 * Math.abs(unchanged[target]));
          tested.add(new Tested(-edge, values[row][target] - unchanged[target], scale));
        }
      }
    }
    return tested;
  }

  /** The value of every target in every row, {@code [row][node]}. */
  private double[][] values(
      AttributionGraph graph,
      Tensor directions,
      List<List<FeatureChange>> rows,
      Freezing freezing,
      UnchangedRun unchanged) {
    double[][] values = new double[rows.size()][graph.nodes().size()];
    Hooks hooks = FeatureHooks.of(model, basis, rows, freezing, unchanged);
    for (int layer : basis.layers()) {
      Map<Integer, List<Integer>> byPosition = featuresByPosition(graph, layer);
      hooks =
          hooks.and(
              Hooks.observe(
                  basis.reads(layer), value -> read(graph, layer, byPosition, value, values)));
    }
    int[][] copies = new int[rows.size()][];
    Arrays.fill(copies, ids);
    try (var _ = NativeScope.open()) {
      Tensor hidden = model.hidden(TokenBatch.of(copies), hooks, null).select(1, ids.length - 1L);
      double[] logits = hidden.linear(directions, null).toDoubles();
      int count = directions.size(0);
      int first = graph.nodes().size() - count; // logits are last
      for (int row = 0; row < values.length; row++) {
        System.arraycopy(logits, row * count, values[row], first, count);
      }
    }
    return values;
  }

  private static Map<Integer, List<Integer>> featuresByPosition(AttributionGraph graph, int layer) {
    Map<Integer, List<Integer>> byPosition = new TreeMap<>();
    for (int node = 0; node < graph.nodes().size(); node++) {
      if (graph.nodes().get(node) instanceof Node.Feature feature && feature.layer() == layer) {
        byPosition.computeIfAbsent(feature.position(), _ -> new ArrayList<>()).add(node);
      }
    }
    return byPosition;
  }

  /** What the listed features of a layer read, without the constants of their encoders. */
  private void read(
      AttributionGraph graph,
      int layer,
      Map<Integer, List<Integer>> byPosition,
      Tensor value,
      double[][] values) {
    byPosition.forEach((position, nodes) -> {
      try (var _ = NativeScope.open()) {
        int[] units =
            nodes.stream()
                .mapToInt(node -> ((Node.Feature) graph.nodes().get(node)).unit())
                .toArray();
        double[] read =
            value.select(1, position).linear(basis.encoderRows(layer, units), null).toDoubles();
        for (int row = 0; row < values.length; row++) {
          for (int i = 0; i < units.length; i++) {
            values[row][nodes.get(i)] = read[row * units.length + i];
          }
        }
      }
    });
  }
}
