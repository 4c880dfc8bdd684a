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
 * All edges from the neurons of one layer to the targets above it. They are formed a chunk at a
 * time and kept only as sums; the neurons that receive most flow are then read again exactly, and
 * so many of them listed as the budget asks for.
 */
final class LayerEdges {
  /** Edges formed at a time: few enough to stay in the processor's cache. */
  private static final long CHUNK_ELEMENTS = 1L << 21;

  private final int layer;
  private final ModelWeights.Linear down;
  private final FrozenLinear.Neurons neurons;
  private final MassProfile profile;
  private final List<TargetBlock> blocks;
  private final List<Tensor> outputs;
  private final int width;
  private final Tensor flow;

  /**
   * @param outputs for each block, the gradient by the down projection's output {@code [target,
   *     pos, d_model]}
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
    this.flow = Tensor.zeros(neurons.activation().dtype(), neurons.activation().count());
    for (int b = 0; b < blocks.size(); b++) {
      accumulate(blocks.get(b), outputs.get(b));
    }
  }

  /** Flow on each neuron, {@code [pos · d_mlp]}. */
  Tensor flow() {
    return flow;
  }

  /** Forms all edges of a block, sums them into remainders, and adds their flow. */
  private void accumulate(TargetBlock block, Tensor output) {
    int positions = block.positions();
    Tensor activation = neurons.activation().slice(0, 0, positions);
    int step = (int) Math.max(1, CHUNK_ELEMENTS / ((long) positions * width));
    for (int from = 0; from < block.rows().size(); from += step) {
      int to = Math.min(block.rows().size(), from + step);
      try (var _ = NativeScope.open()) {
        Tensor edges = output.slice(0, from, to).matmul(down.weight()).timesInPlace(activation);
        float[] signed = edges.sum(false, -1).toFloats();
        float[] masses = edges.absInPlace().sum(false, -1).toFloats();
        float[] rates = new float[to - from];
        for (int t = from; t < to; t++) {
          TargetRow row = block.rows().get(t);
          int start = (t - from) * positions;
          int end = start + row.position + 1;
          row.remainder[layer] = Arrays.copyOfRange(signed, start, end);
          row.remainderMass[layer] = Arrays.copyOfRange(masses, start, end);
          rates[t - from] = (float) rate(row);
        }
        Tensor added =
            Tensor.of(rates, 1, rates.length)
                .to(edges.dtype())
                .matmul(edges.reshape(rates.length, (long) positions * width));
        flow.slice(0, 0, (long) positions * width)
            .plusInPlace(added.reshape((long) positions * width));
      }
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
    List<TargetRow> rows = blocks.stream().flatMap(block -> block.rows().stream()).toList();
    double[] rates = rows.stream().mapToDouble(this::rate).toArray();
    double landed = 0;
    for (int t = 0; t < rates.length; t++) {
      landed += rates[t] * rows.get(t).remainderAt(layer, budget.heldPositions());
    }
    int[] candidates = candidates(budget, landed);
    float[][] edges = read(candidates);
    double allowed = budget.leak(landed, inTransit);
    double leaked = landed;
    int count = 0;
    while (count < candidates.length && (budget.listsEverything() || leaked > allowed)) {
      int position = candidates[count] / width;
      for (int t = 0; t < rates.length; t++) {
        TargetRow row = rows.get(t);
        if (position <= row.position) {
          float edge = edges[t][count];
          float before = row.remainder[layer][position];
          row.remainder[layer][position] = before - edge;
          row.remainderMass[layer][position] =
              Math.max(0, row.remainderMass[layer][position] - Math.abs(edge));
          leaked += rates[t] * (Math.abs(before - edge) - Math.abs(before));
        }
      }
      count++;
    }
    if (!budget.listsEverything()) {
      budget.spend(count, leaked, allowed);
    }
    int listedCount = count;
    Integer[] rising =
        IntStream.range(0, listedCount)
            .boxed()
            .sorted(Comparator.comparingInt(i -> candidates[i]))
            .toArray(Integer[]::new);
    for (int t = 0; t < rates.length; t++) {
      float[] kept = new float[listedCount];
      TargetRow row = rows.get(t);
      row.mass += row.remainderAt(layer, 0);
      for (int i = 0; i < listedCount; i++) {
        kept[i] = edges[t][rising[i]];
        row.mass += Math.abs(kept[i]);
      }
      row.neurons.add(kept);
    }
    return Arrays.stream(rising).mapToInt(i -> candidates[i]).toArray();
  }

  /** The neurons with most flow, falling: as many as the budget may list here. */
  private int[] candidates(NodeBudget budget, double landed) {
    int units = Math.toIntExact(flow.count());
    if (budget.listsEverything()) {
      return IntStream.range(0, units).toArray();
    }
    int held = budget.heldPositions() * width;
    int quota = Math.min(units - held, budget.quota(landed, profile.landingsFrom(layer, landed)));
    if (quota <= 0) {
      return new int[0];
    }
    Tensor.Top top = flow.slice(0, held, units).topK(quota, 0);
    float[] flows = top.values().toFloats();
    long[] places = top.indices().toLongs();
    return IntStream.range(0, quota)
        .filter(i -> flows[i] > 0)
        .map(i -> held + Math.toIntExact(places[i]))
        .toArray();
  }

  /**
   * The edges of given neurons to every row: {@code [row][neuron]}, 0 where the row cannot see the
   * neuron's position.
   */
  private float[][] read(int[] candidates) {
    int rows = blocks.stream().mapToInt(block -> block.rows().size()).sum();
    float[][] edges = new float[rows][candidates.length];
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
            float[] read = outputs.get(b).select(1, position).matmul(writes).toFloats();
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
