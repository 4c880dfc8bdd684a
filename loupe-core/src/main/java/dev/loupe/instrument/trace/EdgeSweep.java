package dev.loupe.instrument.trace;

import dev.loupe.model.ModelConfig;
import dev.loupe.model.ModelWeights;
import dev.loupe.model.Transformer;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Fills the rows {@code A[target, ·]} of the attribution graph in one sweep from the logits down,
 * and chooses the nodes on the way. At each layer:
 *
 * <ol>
 *   <li>the sum of its neurons' edges to each target above is the gradient times what the layer
 *       wrote; which neurons receive most flow is estimated by {@link FlowSketch};
 *   <li>the edges of those are formed exactly ({@link LayerEdges}), {@link NodeBudget} lists the
 *       ones with most flow, and the others stay in the sums, the remainders;
 *   <li>the listed neurons become targets themselves, and all gradients go down through attention
 *       ({@link FrozenLinear}).
 * </ol>
 *
 * Every edge that is written down is exact; the flow by which nodes are chosen rests on an estimate
 * of each row's total ({@link MassProfile}), because the total is known only at the bottom.
 */
final class EdgeSweep {
  /**
   * Blocks of targets grow up to this many gradient elements, to bound what joining them copies.
   */
  private static final long BLOCK_ELEMENTS = 1L << 21;

  /**
   * So many gradient elements go through attention together: each such group makes the patterns
   * anew, which costs about as much as one more target, and holds what it has mixed.
   */
  private static final long GROUP_ELEMENTS = 1L << 26;

  private final Transformer model;
  private final ModelConfig config;
  private final FrozenRun run;
  private final FrozenLinear linear;
  private final NodeBudget budget;
  private final MassProfile profile;
  private final Progress progress;
  private final List<TargetBlock> blocks = new ArrayList<>();
  private final List<TargetRow> rows = new ArrayList<>();
  private final List<int[]> listed = new ArrayList<>();

  /** Hears how far the sweep is. */
  @FunctionalInterface
  interface Progress {
    void at(int layersDone, int layers, int targets);
  }

  EdgeSweep(
      Transformer model, FrozenRun run, NodeBudget budget, MassProfile profile, Progress progress) {
    this.model = model;
    this.config = model.config();
    this.run = run;
    this.linear = new FrozenLinear(model, run);
    this.budget = budget;
    this.profile = profile;
    this.progress = progress;
  }

  /**
   * Sweeps.
   *
   * @param logits the targets to start from
   * @param at the position whose next token they are
   */
  Swept run(LogitTargets logits, int at) {
    try {
      start(logits, at);
      for (int layer = config.layers() - 1; layer >= 0; layer--) {
        try (var _ = NativeScope.open()) {
          layer(layer);
        }
        progress.at(config.layers() - layer, config.layers(), rows.size());
      }
      try (var _ = NativeScope.open()) {
        finish();
      }
      return new Swept(List.copyOf(rows), List.copyOf(listed.reversed()), budget.stoppedByCount());
    } finally {
      blocks.forEach(TargetBlock::close);
      blocks.clear();
    }
  }

  /**
   * What the sweep found.
   *
   * @param rows logits first, then neurons from the top layer down
   * @param listed listed neurons of each layer from 0, as rising {@code pos · d_mlp + unit}
   * @param stoppedByCount whether the most nodes were listed before the coverage was reached
   */
  record Swept(List<TargetRow> rows, List<int[]> listed, boolean stoppedByCount) {}

  private void start(LogitTargets logits, int at) {
    try (var _ = NativeScope.open()) {
      Tensor atPosition = linear.throughFinalNorm(logits.directions(), at);
      List<TargetRow> targets = new ArrayList<>();
      float[] constants = logits.constants(model.weights().ends());
      for (int i = 0; i < logits.nodes().size(); i++) {
        Node.Logit node = logits.nodes().get(i);
        TargetRow row =
            new TargetRow(
                node, config.layers(), at, node.weight() / logits.totalWeight(), config.layers());
        row.ownBias = constants[i];
        row.mass = Math.abs(constants[i]);
        targets.add(row);
      }
      add(targets, atPosition);
    }
  }

  private void layer(int layer) {
    ModelWeights.Layer parts = model.weights().layer(layer);
    FrozenLinear.Neurons neurons = linear.neurons(layer, parts);
    double inTransit = inTransit(layer);
    List<Tensor> outputs = new ArrayList<>();
    for (TargetBlock block : blocks) {
      Tensor entered = block.gradient();
      Tensor inside = linear.intoResidPost(layer, parts, entered);
      Tensor output = linear.intoMlpOut(layer, parts, inside);
      Tensor constants = Tensor.zeros(entered.dtype(), block.rows().size());
      FrozenLinear.addProduct(constants, entered, FrozenLinear.bias(parts.residPostNorm()));
      FrozenLinear.addProduct(constants, inside, FrozenLinear.bias(parts.mlpPostNorm()));
      FrozenLinear.addProduct(constants, output, parts.mlp().down().bias());
      float[] shares = constants.toFloats();
      for (int t = 0; t < shares.length; t++) {
        TargetRow row = block.rows().get(t);
        row.mlpBias[layer] = shares[t];
        row.mass += Math.abs(shares[t]);
      }
      if (inside != entered) {
        entered.copyInPlace(inside);
      }
      outputs.add(output == inside ? entered : output);
    }
    LayerEdges edges = new LayerEdges(layer, parts.mlp().down(), neurons, profile, blocks, outputs);
    int[] chosen = edges.list(budget, inTransit);
    listed.add(chosen);
    boolean sequential = config.block() == ModelConfig.Block.SEQUENTIAL;
    if (sequential) {
      addTargets(layer, chosen, edges.listedFlows(), parts, neurons);
    }
    throughAttention(layer, parts);
    if (!sequential) {
      addTargets(layer, chosen, edges.listedFlows(), parts, neurons);
    }
  }

  /** Flow that the rows above have not yet spent, by the estimated totals. */
  private double inTransit(int layer) {
    double unspent = 0;
    for (TargetRow row : rows) {
      double seen = layer + 1 >= row.layer ? 0 : profile.shareSeen(layer + 1, row.layer);
      unspent += row.flow * (1 - seen);
    }
    return unspent;
  }

  /** Blocks go through attention in groups that share each pattern. */
  private void throughAttention(int layer, ModelWeights.Layer parts) {
    int from = 0;
    while (from < blocks.size()) {
      int to = from;
      long elements = 0;
      while (to < blocks.size() && (to == from || elements < GROUP_ELEMENTS)) {
        elements += blocks.get(to++).elements();
      }
      try (var _ = NativeScope.open()) {
        throughAttention(layer, parts, blocks.subList(from, to));
      }
      from = to;
    }
  }

  private void throughAttention(int layer, ModelWeights.Layer parts, List<TargetBlock> group) {
    List<Tensor> gradients = group.stream().map(TargetBlock::gradient).toList();
    List<Tensor> constants = linear.throughAttentionInPlace(layer, parts, gradients);
    for (int b = 0; b < group.size(); b++) {
      float[] shares = constants.get(b).toFloats();
      for (int t = 0; t < shares.length; t++) {
        TargetRow row = group.get(b).rows().get(t);
        row.attentionBias[layer] = shares[t];
        row.mass += Math.abs(shares[t]);
      }
    }
  }

  /** Makes the chosen neurons targets: their gradients start at what their norm reads. */
  private void addTargets(
      int layer,
      int[] chosen,
      double[] flows,
      ModelWeights.Layer parts,
      FrozenLinear.Neurons neurons) {
    if (chosen.length == 0) {
      return;
    }
    FrozenLinear.MlpNorm norm = linear.mlpNorm(layer, parts);
    Tensor index = Tensor.indices(chosen);
    long count = neurons.value().count();
    float[] values = neurons.value().reshape(count).indexSelect(0, index).toFloats();
    float[] gains = neurons.gain().reshape(count).indexSelect(0, index).toFloats();
    float[] activations = neurons.activation().reshape(count).indexSelect(0, index).toFloats();
    int[] positions = Arrays.stream(chosen).map(place -> place / config.dMlp()).toArray();
    Tensor units = Tensor.indices(Arrays.stream(chosen).map(c -> c % config.dMlp()).toArray());
    ModelWeights.Linear up = parts.mlp().up();
    Tensor encoders = up.weight().indexSelect(0, units);
    Tensor own = Tensor.zeros(encoders.dtype(), chosen.length);
    Tensor shift = FrozenLinear.bias(norm.norm());
    if (shift != null) {
      own.plusInPlace(encoders.matmul(shift));
    }
    if (up.bias() != null) {
      own.plusInPlace(up.bias().indexSelect(0, units));
    }
    float[] constants = own.toFloats();
    List<TargetRow> targets = new ArrayList<>();
    for (int i = 0; i < chosen.length; i++) {
      int unit = chosen[i] % config.dMlp();
      Node.Neuron node =
          new Node.Neuron(layer, positions[i], unit, activations[i], values[i], gains[i]);
      TargetRow row = new TargetRow(node, layer, positions[i], flows[i], config.layers());
      row.ownBias = constants[i];
      row.mass = Math.abs(constants[i]);
      targets.add(row);
    }
    Tensor scale = norm.scale();
    Tensor scales = scale == null ? null : scale.indexSelect(0, Tensor.indices(positions));
    add(targets, linear.throughNorm(norm.norm(), scales, encoders));
  }

  /**
   * Adds targets by rising position, whose gradients {@code [target, d_model]} start each at its
   * own. Those that see about as far share a block, so that joining blocks copies each only once a
   * layer.
   */
  private void add(List<TargetRow> targets, Tensor start) {
    rows.addAll(targets);
    int from = 0;
    while (from < targets.size()) {
      int seen = seen(targets.get(from).position);
      long most = Math.max(1, BLOCK_ELEMENTS / ((long) seen * config.dModel()));
      int to = from + 1;
      while (to < targets.size() && to - from < most && seen(targets.get(to).position) == seen) {
        to++;
      }
      addBlock(List.copyOf(targets.subList(from, to)), start.slice(0, from, to), seen);
      from = to;
    }
  }

  /** How many positions the gradient of a target spans: what it sees, rounded up. */
  private int seen(int position) {
    int bucket = Math.max(4, (run.length() + 7) / 8);
    return Math.min(run.length(), (position / bucket + 1) * bucket);
  }

  private void addBlock(List<TargetRow> targets, Tensor start, int positions) {
    Tensor gradient =
        Tensor.zeros(start.dtype(), positions, targets.size(), config.dModel()).retain();
    for (int t = 0; t < targets.size(); t++) {
      gradient.select(0, targets.get(t).position).select(0, t).copyInPlace(start.select(0, t));
    }
    TargetBlock added = new TargetBlock(targets, gradient);
    for (TargetBlock block : blocks) {
      if (block.positions() == positions && block.elements() + added.elements() <= BLOCK_ELEMENTS) {
        block.absorb(added);
        return;
      }
    }
    blocks.add(added);
  }

  private void finish() {
    for (TargetBlock block : blocks) {
      FrozenLinear.Embedded embedded = linear.atEmbedding(block.gradient());
      float[] tokens = embedded.tokens().toFloats();
      Tensor learned = embedded.positions();
      float[] positions = learned == null ? new float[0] : learned.toFloats();
      float[] constants = embedded.constants().toFloats();
      for (int t = 0; t < block.rows().size(); t++) {
        TargetRow row = block.rows().get(t);
        row.tokens = block.upTo(row.position, tokens, t);
        if (learned != null) {
          row.positions = block.upTo(row.position, positions, t);
        }
        row.embeddingBias = constants[t];
      }
    }
  }
}
