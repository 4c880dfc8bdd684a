package dev.loupe.instrument.trace;

import dev.loupe.model.ModelWeights;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * All edges from the neurons of one layer to the targets above it. Their sums at each position need
 * no single edge: they are the target's gradient times what the neurons wrote together. Of the
 * neurons on which {@link FlowSketch} sees most flow the edges are formed exactly, and as many of
 * them listed as the budget asks for.
 */
final class LayerEdges {
  /** So many times as many neurons as may be listed are looked at exactly. */
  private static final int CANDIDATES = 4;

  private final int layer;
  private final ModelWeights.Linear down;
  private final FrozenLinear.Neurons neurons;
  private final MassProfile profile;
  private final List<TargetBlock> blocks;
  private final List<Tensor> outputs;
  private final int width;
  private final List<TargetRow> rows;
  private final double[] rates;
  private double[] listedFlows = new double[0];

  /**
   * @param outputs for each block, the gradient by the down projection's output {@code [pos,
   *     target, d_model]}
   */
  LayerEdges(
      int layer,
      ModelWeights.Linear down,
      FrozenLinear.Neurons neurons,
      MassProfile profile,
      List<TargetBlock> blocks,
      List<Tensor> outputs) {
    this.layer = layer;
    this.down = down;
    this.neurons = neurons;
    this.profile = profile;
    this.blocks = blocks;
    this.outputs = outputs;
    this.width = neurons.activation().size(1);
    this.rows = blocks.stream().flatMap(block -> block.rows().stream()).toList();
    try (var _ = NativeScope.open()) {
      Tensor written = neurons.activation().matmul(down.weight().transpose(0, 1));
      for (int b = 0; b < blocks.size(); b++) {
        sumUp(blocks.get(b), outputs.get(b), written);
      }
    }
    this.rates = rows.stream().mapToDouble(this::rate).toArray();
  }

  /** All edges of a layer at a position into each target, summed. */
  private void sumUp(TargetBlock block, Tensor output, Tensor written) {
    try (var _ = NativeScope.open()) {
      float[] sums =
          FrozenLinear.products(output, written.slice(0, 0, block.positions())).toFloats();
      for (int t = 0; t < block.rows().size(); t++) {
        TargetRow row = block.rows().get(t);
        row.remainder[layer] = block.upTo(row.position, sums, t);
      }
    }
  }

  /** What the edges into the first target come to without their signs. */
  private void measureCancellation() {
    try (var _ = NativeScope.open()) {
      TargetRow row = rows.getFirst();
      Tensor edges =
          outputs.getFirst().select(1, 0).slice(0, 0, row.position + 1L).matmul(down.weight());
      row.remainderMass[layer] =
          edges
              .timesInPlace(neurons.activation().slice(0, 0, row.position + 1L))
              .absInPlace()
              .sum(false, -1)
              .toFloats();
    }
  }

  /**
   * Flow that a row sends down for each unit of an edge's magnitude, by the estimate of its whole
   * mass.
   */
  private double rate(TargetRow row) {
    double total = (row.mass + row.remainderAt(layer, 0)) / profile.shareSeen(layer, row.layer);
    return total == 0 ? 0 : row.flow / total;
  }

  /**
   * Lists neurons, writes their edges into the rows and takes them out of the remainders.
   *
   * @param inTransit flow that the rows have not spent above this layer
   * @return the listed neurons as rising {@code pos · d_mlp + unit}
   */
  int[] list(NodeBudget budget, double inTransit) {
    double[] landed = new double[rates.length];
    for (int t = 0; t < rates.length; t++) {
      landed[t] = rates[t] * rows.get(t).remainderAt(layer, budget.heldPositions());
    }
    double allLanded = Arrays.stream(landed).sum();
    int quota = quota(budget, allLanded);
    int[] candidates =
        budget.listsEverything()
            ? IntStream.range(0, quota).toArray()
            : candidates(budget, quota, landed);
    float[][] edges = read(candidates);
    if (!budget.listsNothing()) {
      measureCancellation();
    }
    double[] flows = new double[candidates.length];
    for (int t = 0; t < rates.length; t++) {
      for (int i = 0; i < flows.length; i++) {
        flows[i] += rates[t] * Math.abs(edges[t][i]);
      }
    }
    int[] falling =
        IntStream.range(0, flows.length)
            .boxed()
            .sorted(Comparator.comparingDouble(i -> -flows[i]))
            .mapToInt(i -> i)
            .limit(quota)
            .toArray();
    double allowed = budget.leak(allLanded, inTransit);
    double leaked = allLanded;
    int count = 0;
    while (count < falling.length && (budget.listsEverything() || leaked > allowed)) {
      leaked += takeOut(candidates[falling[count]] / width, falling[count], edges);
      count++;
    }
    if (!budget.listsEverything()) {
      budget.spend(count, leaked, allowed);
    }
    int[] listed =
        Arrays.stream(falling, 0, count)
            .boxed()
            .sorted(Comparator.comparingInt(i -> candidates[i]))
            .mapToInt(i -> i)
            .toArray();
    for (int t = 0; t < rates.length; t++) {
      float[] kept = new float[count];
      TargetRow row = rows.get(t);
      row.mass += row.remainderAt(layer, 0);
      for (int i = 0; i < count; i++) {
        kept[i] = edges[t][listed[i]];
        row.mass += Math.abs(kept[i]);
      }
      row.neurons.add(kept);
    }
    listedFlows = Arrays.stream(listed).mapToDouble(i -> flows[i]).toArray();
    return Arrays.stream(listed).map(i -> candidates[i]).toArray();
  }

  /** Flow on each listed neuron, in the order of {@link #list}. */
  double[] listedFlows() {
    return listedFlows;
  }

  /** Takes a neuron's edges out of the remainders; returns by how much more flow leaks now. */
  private double takeOut(int position, int candidate, float[][] edges) {
    double more = 0;
    for (int t = 0; t < rates.length; t++) {
      TargetRow row = rows.get(t);
      if (position <= row.position) {
        float edge = edges[t][candidate];
        float before = row.remainder[layer][position];
        row.remainder[layer][position] = before - edge;
        float[] masses = row.remainderMass[layer];
        if (masses != null) {
          masses[position] = Math.max(0, masses[position] - Math.abs(edge));
        }
        more += rates[t] * (Math.abs(before - edge) - Math.abs(before));
      }
    }
    return more;
  }

  /** How many neurons may be listed here. */
  private int quota(NodeBudget budget, double landed) {
    int units = Math.toIntExact(neurons.activation().count());
    return budget.listsEverything()
        ? units
        : Math.min(
            units - budget.heldPositions() * width,
            budget.quota(landed, profile.landingsFrom(layer, landed)));
  }

  /** Neurons with much flow, among them, as far as the sketch can tell, those with most. */
  private int[] candidates(NodeBudget budget, int quota, double[] landed) {
    if (quota <= 0) {
      return new int[0];
    }
    int held = budget.heldPositions() * width;
    try (var _ = NativeScope.open()) {
      Tensor flow = new FlowSketch(blocks, outputs, rates, landed).flow(down, neurons.activation());
      int units = Math.toIntExact(flow.count());
      Tensor.Top top =
          flow.slice(0, held, units).topK(Math.min(units - held, CANDIDATES * quota), 0);
      float[] flows = top.values().toFloats();
      long[] places = top.indices().toLongs();
      return IntStream.range(0, places.length)
          .filter(i -> flows[i] > 0)
          .map(i -> held + Math.toIntExact(places[i]))
          .toArray();
    }
  }

  /**
   * The edges of given neurons to every row: {@code [row][neuron]}, 0 where the row cannot see the
   * neuron's position.
   */
  private float[][] read(int[] candidates) {
    float[][] edges = new float[rows.size()][candidates.length];
    SortedMap<Integer, int[]> byPosition = new TreeMap<>();
    Arrays.stream(candidates)
        .mapToObj(place -> place / width)
        .distinct()
        .forEach(position ->
            byPosition.put(
                position,
                IntStream.range(0, candidates.length)
                    .filter(i -> candidates[i] / width == position)
                    .toArray()));
    byPosition.forEach((position, which) -> {
      try (var _ = NativeScope.open()) {
        int[] units = Arrays.stream(which).map(i -> candidates[i] % width).toArray();
        Tensor index = Tensor.indices(units);
        Tensor writes =
            down.weight()
                .indexSelect(1, index)
                .times(neurons.activation().select(0, position).indexSelect(0, index));
        int first = 0;
        for (int b = 0; b < blocks.size(); b++) {
          int targets = blocks.get(b).rows().size();
          if (position < blocks.get(b).positions()) {
            float[] read = outputs.get(b).select(0, position).matmul(writes).toFloats();
            for (int t = 0; t < targets; t++) {
              for (int i = 0; i < which.length; i++) {
                edges[first + t][which[i]] = read[t * which.length + i];
              }
            }
          }
          first += targets;
        }
      }
    });
    return edges;
  }
}
