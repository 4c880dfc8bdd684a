package dev.loupe.instrument.trace;

import dev.loupe.model.run.FrozenLinear;
import dev.loupe.model.run.FrozenNeurons;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * All edges from the neurons of one layer to the targets above it. Their sums at each position need
 * no single edge: they are the target's gradient times what the neurons wrote together. Of the
 * neurons on which {@link FlowSketch} sees most flow the edges are formed exactly.
 */
final class NeuronEdges implements EdgeSource {
  /** So many times as many neurons as may be listed are looked at exactly. */
  private static final int CANDIDATES = 4;

  private final int layer;
  private final FrozenNeurons neurons;
  private final List<TargetBlock> blocks;
  private final List<Tensor> outputs;
  private final int width;
  private final List<TargetRow> rows;

  /**
   * Sums up the edges into each row's remainder.
   *
   * @param outputs for each block, the gradient by the down projection's output {@code [pos,
   *     target, d_model]}
   */
  NeuronEdges(int layer, FrozenNeurons neurons, List<TargetBlock> blocks, List<Tensor> outputs) {
    this.layer = layer;
    this.neurons = neurons;
    this.blocks = blocks;
    this.outputs = outputs;
    this.width = neurons.activation().size(1);
    this.rows = blocks.stream().flatMap(block -> block.rows().stream()).toList();
    try (var _ = NativeScope.open()) {
      Tensor written = neurons.written();
      for (int b = 0; b < blocks.size(); b++) {
        sumUp(blocks.get(b), outputs.get(b), written);
      }
    }
  }

  /** The rows of the blocks, in order. */
  List<TargetRow> rows() {
    return rows;
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

  @Override
  public int size() {
    return Math.toIntExact(neurons.activation().count());
  }

  @Override
  public int[] places() {
    return IntStream.range(0, size()).filter(this::isRun).toArray();
  }

  /** Whether a place is a neuron that its position goes through. */
  private boolean isRun(int place) {
    return neurons.isRun(place / width, place % width);
  }

  @Override
  public int position(int place) {
    return place / width;
  }

  @Override
  public int firstAt(int position) {
    return position * width;
  }

  @Override
  public int units(int position) {
    return neurons.unitsAt(position);
  }

  @Override
  public Node.Feature[] nodes(int[] places) {
    Tensor index = Tensor.indices(places);
    long count = neurons.value().count();
    float[] values = neurons.value().reshape(count).indexSelect(0, index).toFloats();
    float[] gains = neurons.gain().reshape(count).indexSelect(0, index).toFloats();
    float[] activations = neurons.activation().reshape(count).indexSelect(0, index).toFloats();
    Node.Feature[] nodes = new Node.Feature[places.length];
    for (int i = 0; i < places.length; i++) {
      nodes[i] =
          new Node.Feature(
              layer, places[i] / width, places[i] % width, activations[i], values[i], gains[i]);
    }
    return nodes;
  }

  @Override
  public Tensor encoders(int[] places) {
    return neurons.mlp().encoders(units(places));
  }

  @Override
  public Tensor encoderBiases(int[] places) {
    return neurons.mlp().encoderBiases(units(places));
  }

  private int[] units(int[] places) {
    return Arrays.stream(places).map(place -> place % width).toArray();
  }

  @Override
  public void measureCancellation() {
    try (var _ = NativeScope.open()) {
      TargetRow row = rows.getFirst();
      Tensor edges =
          neurons
              .byUnits(outputs.getFirst().slice(1, 0, 1).slice(0, 0, row.position + 1L), 0)
              .select(1, 0);
      row.remainderMass[layer] =
          edges
              .timesInPlace(neurons.activation().slice(0, 0, row.position + 1L))
              .absInPlace()
              .sum(false, -1)
              .toFloats();
    }
  }

  /** Neurons with much flow, among them, as far as the sketch can tell, those with most. */
  @Override
  public int[] candidates(int most, int first, double[] rates, double[] landed) {
    try (var _ = NativeScope.open()) {
      Tensor flow = new FlowSketch(blocks, outputs, rates, landed).flow(neurons);
      int units = Math.toIntExact(flow.count());
      Tensor.Top top =
          flow.slice(0, first, units).topK(Math.min(units - first, CANDIDATES * most), 0);
      float[] flows = top.values().toFloats();
      long[] places = top.indices().toLongs();
      return IntStream.range(0, places.length)
          .filter(i -> flows[i] > 0)
          .map(i -> first + Math.toIntExact(places[i]))
          .toArray();
    }
  }

  @Override
  public float[][] read(int[] candidates) {
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
            neurons
                .mlp()
                .decoders(units)
                .transpose(0, 1)
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
