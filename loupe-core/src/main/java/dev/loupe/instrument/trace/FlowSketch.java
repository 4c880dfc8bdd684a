package dev.loupe.instrument.trace;

import dev.loupe.model.run.FrozenNeurons;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Estimates the flow on every neuron of a layer without forming every edge. Targets are assigned to
 * a few buckets with random signs (Charikar et al. 2002, "Finding frequent items in data streams"),
 * those on which most flow lands into buckets of their own; the edges into the buckets' sums then
 * stand for the edges into the targets. Exact while there are no more targets than buckets.
 */
final class FlowSketch {
  private static final int BUCKETS = 4;

  /** Values formed at a time: few enough to stay in the processor's cache. */
  private static final long CHUNK_ELEMENTS = 1L << 20;

  private final Tensor sums;

  /**
   * @param outputs for each block, the gradient by what the neurons write {@code [pos, target,
   *     d_model]}
   * @param rates flow that each target sends down for each unit of an edge
   * @param landed flow that each target sends to this layer
   */
  FlowSketch(List<TargetBlock> blocks, List<Tensor> outputs, double[] rates, double[] landed) {
    int buckets = Math.min(BUCKETS, rates.length);
    int alone = rates.length <= BUCKETS ? buckets : BUCKETS / 2;
    int[] falling =
        IntStream.range(0, rates.length)
            .boxed()
            .sorted(Comparator.comparingDouble(t -> -landed[t]))
            .mapToInt(t -> t)
            .toArray();
    int[] bucket = new int[rates.length];
    for (int i = 0; i < falling.length; i++) {
      bucket[falling[i]] = i < alone ? i : alone + (i - alone) % (buckets - alone);
    }
    int positions = blocks.stream().mapToInt(TargetBlock::positions).max().orElse(0);
    this.sums =
        Tensor.zeros(outputs.getFirst().dtype(), positions, buckets, outputs.getFirst().size(2));
    int target = 0;
    for (int b = 0; b < blocks.size(); b++) {
      for (int t = 0; t < blocks.get(b).rows().size(); t++) {
        try (var _ = NativeScope.open()) {
          // The low bits of a multiplicative hash: signs that look random and are the same each
          // run.
          boolean negative = Integer.bitCount(target * 0x9E3779B9) % 2 == 1;
          sums.slice(0, 0, blocks.get(b).positions())
              .select(1, bucket[target])
              .plusInPlace(outputs.get(b).select(1, t), negative ? -rates[target] : rates[target]);
        }
        target++;
      }
    }
  }

  /** The estimate {@code [pos · d_mlp]}. */
  Tensor flow(FrozenNeurons neurons) {
    Tensor activation = neurons.activation();
    int positions = sums.size(0);
    int buckets = sums.size(1);
    int width = activation.size(1);
    Tensor flow = Tensor.zeros(sums.dtype(), activation.size(0), width);
    int step = (int) Math.max(1, CHUNK_ELEMENTS / ((long) buckets * width));
    for (int from = 0; from < positions; from += step) {
      int to = Math.min(positions, from + step);
      try (var _ = NativeScope.open()) {
        Tensor edges = neurons.byUnits(sums.slice(0, from, to), from).absInPlace().sum(false, 1);
        flow.slice(0, from, to)
            .copyInPlace(edges.timesInPlace(activation.slice(0, from, to).abs()));
      }
    }
    return flow.reshape(flow.count());
  }
}
