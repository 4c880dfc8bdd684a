package dev.loupe.instrument.trace;

import dev.loupe.dictionary.LocalReplacement;
import dev.loupe.model.ModelConfig;
import dev.loupe.model.ModelWeights;
import dev.loupe.model.Site;
import dev.loupe.model.Tap;
import dev.loupe.model.Transformer;
import dev.loupe.model.run.BlockWalk;
import dev.loupe.model.run.FrozenLinear;
import dev.loupe.model.run.FrozenNeurons;
import dev.loupe.model.run.FrozenRun;
import dev.loupe.tensor.NativeScope;
import dev.loupe.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Fills the rows {@code A[target, ·]} of the attribution graph in one sweep from the logits down,
 * and selects the nodes on the way. At each layer:
 *
 * <ol>
 *   <li>the edges of its features to each target above are the gradient times what they wrote: of
 *       neurons in sum and singly where the flow is large ({@link NeuronEdges}), of a dictionary's
 *       active features singly, with errors and biases ({@link WrittenPlaces}, {@link
 *       ActiveEdges});
 *   <li>{@link NodeBudget} lists the ones with most flow ({@link LayerEdges}), and the others stay
 *       in the sums, the remainders;
 *   <li>the listed features become targets themselves where they read, and all gradients propagate
 *       down through what no feature replaces ({@link FrozenLinear}).
 * </ol>
 *
 * Every recorded edge is exact; the flow by which nodes are chosen rests on an estimate of each
 * row's total ({@link MassProfile}), because the total is known only at the bottom.
 */
final class EdgeSweep extends BlockWalk {
  /**
   * This many gradient elements go through attention together: each such group makes the patterns
   * again, which costs about as much as one more target, and holds what it has mixed.
   */
  private static final long GROUP_ELEMENTS = 1L << 24;

  private final ModelConfig config;
  private final FrozenRun run;
  private final @Nullable WrittenPlaces places;
  private final NodeBudget budget;

  /** The layer at which the targets meet what comes from below, 0 where they go to the bottom. */
  private final int cut;

  private final MassProfile profile;
  private final LongConsumer progress;
  private final TargetBlocks targets;
  private final List<TargetBlock> blocks;
  private final List<TargetRow> rows = new ArrayList<>();
  private final int[][] listed;
  private final int[][] unlisted;

  /** Of a sweep that follows what is not listed. */
  private @Nullable RemainderReads remainder;

  /**
   * A sweep in the basis of a replacement; in that of the neurons without one, which are dense and
   * are dealt with by {@link NeuronEdges}.
   *
   * @param progress receives how many layers are done
   */
  EdgeSweep(
      Transformer model,
      FrozenRun run,
      @Nullable LocalReplacement replacement,
      NodeBudget budget,
      MassProfile profile,
      LongConsumer progress) {
    this(
        model,
        run,
        replacement,
        budget,
        profile,
        progress,
        replacement != null && budget.listsEverything() && !budget.isGiven()
            ? MeetingLayer.of(model, replacement)
            : 0);
  }

  /** As above, the targets meeting what comes from below at a given layer, 0 for nowhere. */
  EdgeSweep(
      Transformer model,
      FrozenRun run,
      @Nullable LocalReplacement replacement,
      NodeBudget budget,
      MassProfile profile,
      LongConsumer progress,
      int cut) {
    super(model, run);
    this.config = model.config();
    this.run = run;
    this.places = replacement == null ? null : new WrittenPlaces(replacement);
    this.budget = budget;
    this.profile = profile;
    this.progress = progress;
    this.cut = cut;
    this.targets = new TargetBlocks(run.length(), config.dModel(), cut > 0);
    this.blocks = targets.blocks();
    this.listed = new int[config.layers()][0];
    this.unlisted = new int[config.layers()][run.length()];
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
      for (int layer = config.layers() - 1; layer >= cut; layer--) {
        try (var _ = NativeScope.open()) {
          back(layer);
        }
        progress.accept(config.layers() - layer);
      }
      if (cut > 0) {
        meetLowerLayers();
      } else {
        try (var _ = NativeScope.open()) {
          finish();
        }
      }
      return new Swept(List.copyOf(rows), listed, unlisted, budget.stoppedByCount());
    } finally {
      targets.close();
    }
  }

  /** Nothing has to be chosen, so what stands below the cut can be done from below. */
  private void meetLowerLayers() {
    LocalReplacement replacement = Objects.requireNonNull(places).replacement();
    int done = config.layers() - cut;
    try (LowerLayers lower = new LowerLayers(model, run, linear, replacement, cut)) {
      lower.complete(rows, blocks, layers -> progress.accept(done + layers));
    }
    for (int layer = cut - 1; layer >= 0; layer--) {
      ActiveEdges source = new ActiveEdges(layer, replacement, rows);
      choose(layer, source, source.rows());
      source.release();
    }
  }

  /**
   * Reads off what reaches given directions of the stream before a block, from the places that an
   * earlier sweep listed: use it with {@link NodeBudget#only}.
   *
   * @param positions of the directions, rising
   * @param directions {@code [n, d_model]}
   */
  List<TargetRow> reaching(int layer, int[] positions, Tensor directions) {
    try {
      for (int i = 0; i < positions.length; i++) {
        Node none = new Node.Feature(layer, positions[i], i, 0, 0, 1);
        rows.add(new TargetRow(none, layer, positions[i], 0, config.layers()));
      }
      targets.add(List.copyOf(rows), directions);
      try (var _ = NativeScope.open()) {
        arrive(new Tap(Site.RESID_PRE, layer));
      }
      for (int below = layer - 1; below >= 0; below--) {
        try (var _ = NativeScope.open()) {
          back(below);
        }
      }
      try (var _ = NativeScope.open()) {
        finish();
      }
      return List.copyOf(rows);
    } finally {
      targets.close();
    }
  }

  /**
   * Follows what an earlier sweep did not list, in aggregate: use it with {@link NodeBudget#only}.
   *
   * @return the rows of the unlisted neurons of each layer, the top layer first
   */
  List<TargetRow> remainders(RemainderReads reads) {
    remainder = reads;
    try {
      for (int layer = config.layers() - 1; layer >= 0; layer--) {
        try (var _ = NativeScope.open()) {
          reads.back(layer);
          back(layer);
        }
      }
      try (var _ = NativeScope.open()) {
        finish();
      }
      return List.copyOf(rows);
    } finally {
      targets.close();
    }
  }

  private void start(LogitTargets logits, int at) {
    try (var _ = NativeScope.open()) {
      Tensor atPosition = linear.throughFinalNorm(logits.directions(), at);
      List<TargetRow> explained = new ArrayList<>();
      float[] constants = logits.constants(model.weights().ends());
      for (int i = 0; i < logits.nodes().size(); i++) {
        Node.Logit node = logits.nodes().get(i);
        TargetRow row =
            new TargetRow(
                node, config.layers(), at, node.weight() / logits.totalWeight(), config.layers());
        row.ownBias = constants[i];
        row.mass = Math.abs(constants[i]);
        explained.add(row);
      }
      rows.addAll(explained);
      targets.add(explained, atPosition);
    }
  }

  @Override
  protected List<Tensor> gradients() {
    return blocks.stream().map(TargetBlock::gradient).toList();
  }

  @Override
  protected void throughResidPostNorm(int layer, ModelWeights.Layer parts) {
    for (TargetBlock block : blocks) {
      Tensor constants = Tensor.zeros(block.gradient().dtype(), block.rows().size());
      FrozenLinear.addProduct(
          constants, block.gradient(), FrozenLinear.bias(parts.residPostNorm()));
      addMlpConstants(layer, block, constants);
    }
    super.throughResidPostNorm(layer, parts);
  }

  @Override
  protected void throughMlp(int layer, ModelWeights.Layer parts) {
    if (places == null) {
      throughNeurons(layer, parts);
    } else {
      throughMlp(layer, parts, places);
    }
  }

  @Override
  protected void throughAttention(int layer, ModelWeights.Layer parts) {
    Tap attention = new Tap(Site.ATTN_OUT, layer);
    if (places != null && places.replacedBy(attention).isPresent()) {
      replaceAttention(layer, parts, attention);
    } else {
      throughAttention(layer, parts, blocks, false);
    }
    int before = blocks.size();
    alone(attention);
    throughAttention(layer, parts, blocks.subList(before, blocks.size()), true);
  }

  private void throughNeurons(int layer, ModelWeights.Layer parts) {
    FrozenNeurons neurons = linear.neurons(layer, parts);
    List<Tensor> outputs = new ArrayList<>();
    for (TargetBlock block : blocks) {
      Tensor inside = block.gradient();
      Tensor output = linear.intoMlpOut(layer, parts, inside);
      Tensor constants = Tensor.zeros(inside.dtype(), block.rows().size());
      FrozenLinear.addProduct(constants, inside, FrozenLinear.bias(parts.mlpPostNorm()));
      neurons.addConstants(constants, output);
      addMlpConstants(layer, block, constants);
      outputs.add(output);
    }
    NeuronEdges source = new NeuronEdges(layer, neurons, blocks, outputs);
    list(layer, source, source.rows(), new Tap(Site.MLP_IN, layer), parts);
    if (remainder != null) {
      addRemainder(layer, remainder);
    }
  }

  private void addRemainder(int layer, RemainderReads reads) {
    Node none = new Node.Remainder(layer, run.length() - 1, 0);
    TargetRow row = new TargetRow(none, layer, run.length() - 1, 0, config.layers());
    row.ownBias = reads.constant();
    rows.add(row);
    join(mlpSource(layer), () -> targets.addWhole(row, reads.start()));
  }

  /** The MLP where features stand for it, or else as it is, its neurons passing on their gains. */
  private void throughMlp(int layer, ModelWeights.Layer parts, WrittenPlaces written) {
    Tap place = new Tap(Site.MLP_OUT, layer);
    List<Tensor> gradients = gradients();
    written.meet(place, blocks, gradients);
    Optional<Integer> owner = written.replacedBy(place);
    if (owner.isPresent()) {
      skip(owner.get(), written, gradients, parts);
      listActive(owner.get(), written, parts);
    } else {
      passMlp(layer, parts, blocks, false);
    }
    int before = blocks.size();
    alone(place);
    List<TargetBlock> reading = List.copyOf(blocks.subList(before, blocks.size()));
    blocks.subList(before, blocks.size()).clear();
    passMlp(layer, parts, reading, true);
    join(mlpSource(layer), () -> blocks.addAll(reading));
  }

  /**
   * Gradients through an MLP that no feature replaces, which join the stream where it reads.
   *
   * @param alone whether nothing passes the MLP by
   */
  private void passMlp(
      int layer, ModelWeights.Layer parts, List<TargetBlock> through, boolean alone) {
    for (TargetBlock block : through) {
      try (var scope = NativeScope.open()) {
        Tensor constants = Tensor.zeros(block.gradient().dtype(), block.rows().size());
        Tensor values = linear.throughMlp(layer, parts, block.gradient(), constants);
        addMlpConstants(layer, block, constants);
        if (alone) {
          block.gradient().copyInPlace(values);
        } else if (isSequential()) {
          block.gradient().plusInPlace(values); // this far down it is the gradient by resid_mid
        } else {
          Tensor kept = scope.keep(values);
          joinStream(mlpSource(layer), block, kept);
        }
      }
    }
  }

  /** What a skip matrix passes from the own target of a layer to where it reads. */
  private void skip(
      int layer, WrittenPlaces written, List<Tensor> gradients, ModelWeights.Layer parts) {
    Optional<Tensor> skip = written.replacement().basis().skip(layer);
    if (skip.isEmpty()) {
      return;
    }
    Tap reads = written.replacement().basis().reads(layer);
    for (int b = 0; b < gradients.size(); b++) {
      TargetBlock block = blocks.get(b);
      Tensor passed = gradients.get(b).matmul(skip.get());
      if (reads.site() == Site.MLP_IN) {
        Tensor constants = Tensor.zeros(passed.dtype(), block.rows().size());
        Tensor entering = linear.throughMlpNorm(layer, parts, passed, constants);
        addMlpConstants(layer, block, constants);
        joinStream(mlpSource(layer), block, entering);
      } else {
        joinStream(reads, block, passed);
      }
    }
  }

  /** Before any block of that place takes up new targets. */
  private void joinStream(Tap place, TargetBlock block, Tensor values) {
    joinFirst(place, () -> block.gradient().plusInPlace(values));
  }

  /** Targets that read what a part adds, before it joins the stream: blocks of their own. */
  private void alone(Tap place) {
    targets.apart(() -> joinNow(place));
  }

  @Override
  protected void arrive(Tap place) {
    super.arrive(place);
    WrittenPlaces written = places;
    if (written != null) {
      List<Tensor> gradients = gradients();
      written.meet(place, blocks, gradients);
      Optional<Integer> owner = written.replacedBy(place);
      if (owner.isPresent()) {
        ModelWeights.Layer parts = model.weights().layer(place.layer());
        skip(owner.get(), written, gradients, parts);
        listActive(owner.get(), written, parts);
        if (written.replacement().basis().skip(owner.get()).isPresent()) {
          gradients.forEach(gradient -> gradient.fillInPlace(0));
        } else {
          targets.close(); // nothing of the stream below reaches them
        }
        joinNow(place);
      }
    }
  }

  private void replaceAttention(int layer, ModelWeights.Layer parts, Tap place) {
    WrittenPlaces written = Objects.requireNonNull(places);
    for (TargetBlock block : blocks) {
      addAttentionConstants(
          layer, block, linear.intoResidMidInPlace(layer, parts, block.gradient()));
    }
    List<Tensor> gradients = gradients();
    written.meet(place, blocks, gradients);
    skip(layer, written, gradients, parts);
    listActive(layer, written, parts);
  }

  private void listActive(int layer, WrittenPlaces written, ModelWeights.Layer parts) {
    ActiveEdges source = new ActiveEdges(layer, written.replacement(), rows);
    list(layer, source, source.rows(), written.replacement().basis().reads(layer), parts);
    source.release();
  }

  /** Lists features of a layer and makes them targets where they read. */
  private void list(
      int layer, EdgeSource source, List<TargetRow> above, Tap reads, ModelWeights.Layer parts) {
    LayerEdges edges = choose(layer, source, above);
    int[] chosen = listed[layer];
    if (chosen.length > 0 && !budget.isGiven()) {
      addTargets(layer, edges.listedFlows(), source, chosen, reads, parts);
    }
  }

  private LayerEdges choose(int layer, EdgeSource source, List<TargetRow> above) {
    LayerEdges edges = new LayerEdges(layer, source, profile, above);
    int[] chosen = edges.list(budget, profile.inTransit(rows, layer));
    listed[layer] = chosen;
    for (int position = 0; position < run.length(); position++) {
      unlisted[layer][position] = source.units(position);
    }
    Arrays.stream(chosen).forEach(place -> unlisted[layer][source.position(place)]--);
    return edges;
  }

  private static void addMlpConstants(int layer, TargetBlock block, Tensor constants) {
    block.addConstants(constants, row -> row.mlpBias, layer);
  }

  private static void addAttentionConstants(int layer, TargetBlock block, Tensor constants) {
    block.addConstants(constants, row -> row.attentionBias, layer);
  }

  /** Blocks go through attention in groups that share each pattern. */
  private void throughAttention(
      int layer, ModelWeights.Layer parts, List<TargetBlock> through, boolean alone) {
    int from = 0;
    while (from < through.size()) {
      int to = from;
      long elements = 0;
      while (to < through.size() && (to == from || elements < GROUP_ELEMENTS)) {
        elements += through.get(to++).elements();
      }
      try (var _ = NativeScope.open()) {
        List<TargetBlock> group = through.subList(from, to);
        List<Tensor> constants =
            linear.throughAttentionInPlace(
                layer, parts, group.stream().map(TargetBlock::gradient).toList(), alone);
        for (int b = 0; b < group.size(); b++) {
          addAttentionConstants(layer, group.get(b), constants.get(b));
        }
      }
      from = to;
    }
  }

  /** Makes the chosen features targets: their gradients start at what they read. */
  private void addTargets(
      int layer,
      double[] flows,
      EdgeSource source,
      int[] chosen,
      Tap reads,
      ModelWeights.Layer parts) {
    FeatureTargets features = FeatureTargets.of(linear, parts, reads, source, chosen);
    List<TargetRow> added = features.rows(flows, config.layers());
    rows.addAll(added);
    if (cut > 0) {
      spread(layer, parts, added, features.starts());
      return;
    }
    join(
        features.isBehindNorm() ? mlpSource(layer) : reads,
        () -> targets.add(added, features.starts()));
  }

  /** Brings targets through the attention below them while they stand at one position each. */
  private void spread(int layer, ModelWeights.Layer parts, List<TargetRow> added, Tensor starts) {
    float[] constants = starts.matmul(linear.attentionConstant(layer, parts)).toFloats();
    for (int i = 0; i < constants.length; i++) {
      added.get(i).attentionBias[layer] = constants[i];
    }
    join(
        new Tap(Site.RESID_PRE, layer),
        () -> targets.addSpread(added, starts, linear.firstAttention(layer, parts)));
  }

  private void finish() {
    blocks.forEach(block -> block.finish(linear));
  }
}
