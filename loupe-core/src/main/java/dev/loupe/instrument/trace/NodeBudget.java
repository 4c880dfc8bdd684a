package dev.loupe.instrument.trace;

import dev.loupe.tensor.Tensor;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * How many neurons of each layer the sweep lists. Flow runs from the logits (1 in all) down the
 * edges, split by their magnitudes; what reaches neurons that are not listed leaks into the
 * remainder. Each layer may leak its part of {@code 1 − coverage} and list its part of {@code
 * maxNodes}, both in proportion to the flow that lands on it.
 */
final class NodeBudget {
  private final double coverage;
  private final boolean everything;
  private double leakLeft;
  private int nodesLeft;
  private boolean stoppedByCount;

  private NodeBudget(double coverage, int maxNodes, boolean everything) {
    this.coverage = coverage;
    this.everything = everything;
    this.leakLeft = 1 - coverage;
    this.nodesLeft = maxNodes;
  }

  /** Lists until a share of the flow is covered, at most so many neurons. */
  static NodeBudget of(double coverage, int maxNodes) {
    return new NodeBudget(coverage, maxNodes, false);
  }

  /** Lists every neuron at every position, whatever its flow. */
  static NodeBudget everything() {
    return new NodeBudget(1, Integer.MAX_VALUE, true);
  }

  /** Lists none. */
  static NodeBudget nothing() {
    return new NodeBudget(0, 0, false);
  }

  double coverage() {
    return coverage;
  }

  /** Whether some layer could list fewer neurons than coverage asked for. */
  boolean stoppedByCount() {
    return stoppedByCount;
  }

  /**
   * Chooses neurons of one layer.
   *
   * @param flow on each neuron, {@code [pos · d_mlp]}
   * @param inTransit flow that has been neither listed away nor leaked above, at this layer or
   *     below
   * @param below flow still expected on neurons of this layer and lower ones
   * @return rising indices into {@code flow}
   */
  int[] choose(Tensor flow, double inTransit, double below) {
    int units = Math.toIntExact(flow.count());
    if (everything) {
      return IntStream.range(0, units).toArray();
    }
    double landed = flow.sum().item();
    if (nodesLeft <= 0 || landed <= 0) {
      stoppedByCount |= landed > 0;
      leakLeft -= landed;
      return new int[0];
    }
    double share = Math.min(1, landed / Math.max(below, landed));
    int quota = (int) Math.min(Math.min(units, nodesLeft), Math.ceil(nodesLeft * share));
    double leak = Math.max(0, leakLeft) * Math.min(1, landed / Math.max(inTransit, landed));
    Tensor.Top top = flow.topK(quota, 0);
    float[] values = top.values().toFloats();
    long[] indices = top.indices().toLongs();
    double unlisted = landed;
    int chosen = 0;
    while (chosen < quota && unlisted > leak && values[chosen] > 0) {
      unlisted -= values[chosen++];
    }
    stoppedByCount |= unlisted > leak && chosen == quota && quota < units;
    leakLeft -= Math.max(0, unlisted);
    nodesLeft -= chosen;
    return Arrays.stream(indices, 0, chosen).mapToInt(Math::toIntExact).sorted().toArray();
  }
}
